using System.Net;
using System.Net.Http.Json;
using Tda.Review.Api;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Api;

public class ApiTests
{
    [Fact]
    public async Task Queue_ByPages_EveryExchangeOnce()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reader);
        List<string> seen = [];
        ApiPage<ApiExchange>? page = null;
        do
        {
            page = await GetAsync<ApiPage<ApiExchange>>(ada, $"/api/v1/queues/harm?limit=2&after={page?.Next}");
            seen.AddRange(page.Items.Select(item => item.Id));
        }
        while (page.Next is not null);

        Assert.Equal([8, 6, 4, 2, 0], seen.Select(id => int.Parse(id[^2..], CultureInfo.InvariantCulture)));
        Assert.Equal(5, (await GetAsync<ApiQueue[]>(ada, "/api/v1/queues")).Single(queue => queue.Name == "harm").Waiting);
        Assert.Equal(10, (await GetAsync<ApiPage<ApiExchange>>(ada, "/api/v1/exchanges?order=oldest")).Items.Count);
    }

    [Fact]
    public async Task Attribution_DecideUndo_AsOnThePage()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var attribution = await GetAsync<ApiAttribution>(ada, $"/api/v1/exchanges/{DeskSite.Id(0)}/attribution");
        Assert.Equal((DeskSite.Run, DeskSite.Corpus, site.Documents[0].Id), (attribution.Run, attribution.Corpus, attribution.Documents[0].Score.Id));
        Assert.NotNull(attribution.Documents[0].VerbatimMatch);
        var request = new ApiDecisionRequest
        {
            Act = "act0000001",
            Verdict = ReviewVerdict.Drop,
            Exchange = DeskSite.Id(0),
            Run = DeskSite.Run,
            Documents = [site.Documents[0].Id],
            Twins = true,
            Preview = true,
        };

        var preview = (await PostAsync<ApiDecided>(ada, "/api/v1/decisions", request)).Preview!;
        Assert.Equal((1, true, 1), (preview.Documents, preview.TwinsFollow, preview.Twins!.Count));
        var decided = await PostAsync<ApiDecided>(ada, "/api/v1/decisions", request with { Preview = false });
        Assert.Equal(3, decided.Decisions.Count);
        Assert.Equal(decided.Decisions.Select(one => one.Number), (await PostAsync<ApiDecided>(ada, "/api/v1/decisions", request with { Preview = false })).Decisions.Select(one => one.Number));
        Assert.Equal(3, (await GetAsync<ApiPage<ReviewDecision>>(ada, "/api/v1/decisions?by=ada")).Items.Count);
        Assert.Single((await GetAsync<ApiDocument>(ada, $"/api/v1/documents/{DeskSite.Corpus}/{site.Documents[^1].Id}")).Decisions);
        Assert.Equal(3, (await PostAsync<ApiDecided>(ada, "/api/v1/acts/act0000001/undo", null)).Decisions.Count);
    }

    [Fact]
    public async Task Exchange_ETag_304UntilSomethingIsDecided()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var path = $"/api/v1/exchanges/{DeskSite.Id(0)}";
        using var first = await ada.GetAsync(path);
        async Task<HttpStatusCode> AgainAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var response = await ada.SendAsync(request);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.NotModified, await AgainAsync());
        await PostAsync<ApiDecided>(ada, "/api/v1/decisions", new ApiDecisionRequest { Act = "act0000002", Verdict = ReviewVerdict.Keep, Exchange = DeskSite.Id(0) });
        Assert.Equal(HttpStatusCode.OK, await AgainAsync());
    }

    [Fact]
    public async Task Lock_OneAtATime()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        using var bob = site.As("bob", ReviewRole.Reviewer);
        var path = $"/api/v1/exchanges/{DeskSite.Id(0)}/lock";
        async Task<string> TakenByAsync(HttpClient client)
        {
            using var response = await client.PutAsync(path, null);
            return (await ReadAsync<ReviewLock>(response)).Owner;
        }

        Assert.Equal(("ada", "ada"), (await TakenByAsync(ada), await TakenByAsync(bob)));
        using var given = await ada.DeleteAsync(path);
        Assert.Equal(HttpStatusCode.NoContent, given.StatusCode);
        Assert.Equal("bob", await TakenByAsync(bob));
    }

    [Theory]
    [InlineData("GET", "/api/v1/exchanges/nope", 404, "not_found")]
    [InlineData("GET", "/api/v1/exchanges?state=nope", 400, "bad_request")]
    [InlineData("GET", "/api/v1/exchanges?limit=100000", 400, "bad_request")]
    [InlineData("GET", "/api/v1/queues/nope", 404, "not_found")]
    [InlineData("GET", "/api/v1/documents/nope/nope", 404, "not_found")]
    [InlineData("GET", "/api/v1/sources?run=nope", 404, "not_found")]
    [InlineData("POST", "/api/v1/acts/nope/undo", 404, "not_found")]
    public async Task Errors_AreProblemDetails(string method, string path, int status, string code)
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        using var request = new HttpRequestMessage(new(method), path);

        using var response = await ada.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Decide_ConflictAndNonsense_Told()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var request = new ApiDecisionRequest { Act = "act0000003", Verdict = ReviewVerdict.Keep, Exchange = DeskSite.Id(0), Seen = new Dictionary<string, long> { [DeskSite.Id(0)] = 0 } };
        _ = await PostAsync<ApiDecided>(ada, "/api/v1/decisions", request);

        Assert.Equal(HttpStatusCode.Conflict, await StatusAsync(request with { Act = "act0000004", Verdict = ReviewVerdict.Drop }));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(request with { Act = "x" }));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(request with { Act = "act0000005", Exchange = null }));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(request with { Act = "act0000006", Run = "nope" }));
        using var broken = await ada.PostAsync("/api/v1/decisions", new StringContent("{", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);

        async Task<HttpStatusCode> StatusAsync(ApiDecisionRequest one)
        {
            using var response = await ada.PostAsJsonAsync("/api/v1/decisions", one, JsonDefaults.Options);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task OpenApi_NamesEveryEndpointThatIsMapped()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reader);
        using var document = JsonDocument.Parse(await ada.GetStringAsync("/api/v1/openapi.json"));
        var page = await ada.GetStringAsync("/api/v1");

        var paths = document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();
        Assert.Contains("/api/v1/decisions", paths);
        Assert.Equal(16, paths.Sum(path => document.RootElement.GetProperty("paths").GetProperty(path).EnumerateObject().Count()));
        Assert.All(paths, path => Assert.Contains($"<code>{path}</code>", page, StringComparison.Ordinal));
    }

    private static async Task<T> GetAsync<T>(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        return await ReadAsync<T>(response);
    }

    private static async Task<T> PostAsync<T>(HttpClient client, string path, object? body)
    {
        using var response = await client.PostAsJsonAsync(path, body, JsonDefaults.Options);
        return await ReadAsync<T>(response);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage!.RequestUri}: {response.StatusCode} {text}");
        return JsonSerializer.Deserialize<T>(text, JsonDefaults.Options)!;
    }
}
