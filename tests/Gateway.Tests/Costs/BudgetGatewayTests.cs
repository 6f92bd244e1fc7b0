using Tda.Gateway.Costs;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Costs;

public class BudgetGatewayTests
{
    private const string Team = "X-Tda-Tags: team=search\r\n";

    [Theory]
    [InlineData("/v1/chat/completions", "\"code\":\"budget_used_up\"")]
    [InlineData("/v1/messages", "\"type\":\"rate_limit_error\"")]
    [InlineData("/v1beta/models/g:generateContent", "\"status\":\"RESOURCE_EXHAUSTED\"")]
    [InlineData("/model/m/converse", "x-amzn-ErrorType: ThrottlingException")]
    public async Task Post_BudgetUsedUp_429InTheProvidersShapeAndOthersUnaffected(string path, string shape)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream.Url, new() { Tokens = 7, Tag = "team=search" });

        // The answer's usage is 7 tokens.
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, Team), StringComparison.Ordinal);
        await gateway.Server.DrainedAsync();
        var refused = await RawClient.PostAsync(gateway.Url, path, Samples.ChatRequest, Team);

        Assert.StartsWith("HTTP/1.1 429", refused, StringComparison.Ordinal);
        Assert.Matches("Retry-After: [1-9]", refused);
        Assert.Contains(shape, refused, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        Assert.Equal((2, 1), (upstream.Requests.Count, gateway.Server.Health.Refusals["budget_used_up"]));
    }

    [Fact]
    public async Task Post_ByModel_OnlyThatModelIsRefused()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream.Url, new() { Tokens = 7, Model = "m-*" });
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();

        Assert.StartsWith("HTTP/1.1 429", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", """{"model":"other","messages":[]}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_OptOutOfRecordUnderABudget_Refused()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream.Url, new() { Tokens = 7 });

        Assert.StartsWith("HTTP/1.1 400", await RawClient.PostAsync(gateway.Url, "/v1/models", "{}", "X-Tda-Opt-Out: record\r\n"), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Start_WithALogOfTheSameDay_BudgetGoesOnWhereItWas()
    {
        using var home = new TempDirectory();
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        var options = TestGateway.Options(upstream.Url, home.Path, Change(new() { Tokens = 7, Per = TimeSpan.FromDays(40) }));
        await using (var first = await GatewayServer.StartAsync(options))
        {
            await RawClient.PostAsync(first.Url, "/v1/chat/completions", Samples.ChatRequest);
        }

        await using var second = await GatewayServer.StartAsync(options);

        Assert.StartsWith("HTTP/1.1 429", await RawClient.PostAsync(second.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Usage_TokensAndCostByModelAndTag()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        using var prices = new TempDirectory();
        await using var priced = await TestGateway.StartAsync(upstream.Url, options => options with
        {
            Costs = new() { Prices = prices.Write("p.json", """{"currency":"EUR","models":{"m-1*":{"input":200000,"output":500000}}}""") },
        });
        await RawClient.PostAsync(priced.Url, "/v1/chat/completions", Samples.ChatRequest, Team);
        await priced.Server.DrainedAsync();
        using var http = await priced.OpenPagesAsync();

        var page = await http.GetStringAsync("/usage");
        Assert.Contains("<td class=\"number\">2.000000</td>", await http.GetStringAsync("/exchanges?route=%2Fv1%2Fchat%2Fcompletions&status=2xx"), StringComparison.Ordinal);

        Assert.Contains("in EUR", page, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">team=search</th>", page, StringComparison.Ordinal);

        // 5 prompt tokens and 2 completion tokens, a fifth and a half each.
        Assert.Contains("<td class=\"number\">2.0000</td>", page, StringComparison.Ordinal);
        Assert.Contains("tda_gateway_cost_total{key=\"\",model=\"m-1-0613\"} 2\n", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    private static Task<TestGateway> StartAsync(string upstream, BudgetOptions budget) => TestGateway.StartAsync(upstream, Change(budget));

    private static Func<GatewayOptions, GatewayOptions> Change(BudgetOptions budget) =>
        options => options with { Costs = new() { Budgets = new Dictionary<string, BudgetOptions> { ["b"] = budget } } };
}
