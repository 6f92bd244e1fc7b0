using Tda.Gateway.Operations;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Operations;

/// <summary>What leaves the gateway, over real sockets.</summary>
public class ExportTests
{
    private const string Canary = "canary-7c1e";
    private const string Request = $$"""{"model":"m-otlp","messages":[{"role":"user","content":"{{Canary}}"}]}""";

    [Fact]
    public async Task Post_WithCollector_MetricsAndSpanArriveWithoutBodies()
    {
        await using var collector = new OtlpCollector();
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Telemetry = new() { OtlpEndpoint = collector.Url } });

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Request, $"Authorization: Bearer {Canary}\r\nX-Canary: {Canary}\r\n");
        var exchange = await gateway.StopAndReadOneAsync();

        var (metrics, spans) = (collector.Sent("/v1/metrics"), collector.Sent("/v1/traces"));
        string[] names =
        [
            "tda.gateway.forwarded", "tda.gateway.recorded", "tda.gateway.overhead", "tda.gateway.time_to_first_token",
            "tda.gateway.reconciliation.difference", "gen_ai.client.operation.duration", "gen_ai.client.token.usage", "m-otlp",
        ];
        Assert.All(names, name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        Assert.All((string[])[exchange.Id, "chat m-otlp", "tda-gateway"], text => Assert.Contains(text, spans, StringComparison.Ordinal));
        Assert.DoesNotContain(Canary, metrics + spans, StringComparison.Ordinal);
        Assert.DoesNotContain(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("Grüße")), metrics + spans, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_CollectorDown_ServesAndRecords()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with
        {
            Telemetry = new() { OtlpEndpoint = "http://127.0.0.1:1", ExportInterval = TimeSpan.FromMilliseconds(100) },
        });

        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Request), StringComparison.Ordinal);
        Assert.Single(await gateway.StopAndReadAsync());
    }

    [Fact]
    public async Task Get_Metrics_CountsWhatWasForwarded()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        for (var i = 0; i < 3; i++)
        {
            await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Request);
        }

        await gateway.Server.DrainedAsync();
        using var http = new HttpClient { BaseAddress = gateway.Url };
        using var response = await http.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        string[] lines =
        [
            "tda_gateway_forwarded_total{route=\"/v1/chat/completions\"} 3",
            "tda_gateway_recorded_total{} 3",
            "tda_gateway_in_flight{} 0",
            "tda_gateway_pending{} 0",
            "tda_gateway_reconciliation_difference{} 0",
            "tda_gateway_ready{} 1",
        ];
        Assert.All(lines, line => Assert.Contains("\n" + line + "\n", text, StringComparison.Ordinal));
        Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
        {
            Assert.Matches("""^[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? (NaN|[+-]?Inf|-?[0-9.E+-]+)$""", line);
        }
    }

    [Fact]
    public async Task Get_MetricsSwitchedOff_404()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1", options => options with { Telemetry = new() { Prometheus = false } });
        using var http = new HttpClient { BaseAddress = gateway.Url };

        using var response = await http.GetAsync("/metrics");

        Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("http://user:pass@x")]
    [InlineData("x")]
    public void Errors_BadEndpoint_OneWithoutTheValue(string endpoint) =>
        Assert.DoesNotContain("pass@", Assert.Single(new TelemetryOptions { OtlpEndpoint = endpoint }.Errors()).Message, StringComparison.Ordinal);
}
