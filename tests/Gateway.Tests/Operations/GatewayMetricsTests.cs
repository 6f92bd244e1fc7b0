using Tda.Gateway.Operations;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Operations;

public sealed class GatewayMetricsTests : IAsyncDisposable
{
    private readonly ScrapedMetrics _scraped = new(maxModels: 2);

    private GatewayMetrics Metrics => _scraped.Metrics;

    public ValueTask DisposeAsync() => _scraped.DisposeAsync();

    [Fact]
    public void OneRequest_RouteKnown_AllocatesNothing() => Allocations.AssertNone(Request);

    [Fact]
    public async Task Read_CountersAndHistograms_PrometheusText()
    {
        Metrics.Forwarded("/v1/messages");
        Metrics.Forwarded("/v1/messages");
        Metrics.Settled("/v1/messages", TerminalState.ClientAbort);
        Metrics.Overhead(TimeSpan.FromMicroseconds(60), TimeSpan.FromMicroseconds(60));
        Metrics.Overhead(TimeSpan.FromSeconds(2), TimeSpan.Zero);

        var text = await _scraped.ReadAsync();

        string[] lines =
        [
            "# TYPE tda_gateway_forwarded_total counter",
            "tda_gateway_forwarded_total{route=\"/v1/messages\"} 2",
            "tda_gateway_settled_total{route=\"/v1/messages\",state=\"client_abort\"} 1",
            "# TYPE tda_gateway_overhead_seconds histogram",
            "tda_gateway_overhead_seconds_bucket{le=\"0.0001\"} 0",
            "tda_gateway_overhead_seconds_bucket{le=\"0.0002\"} 1",
            "tda_gateway_overhead_seconds_bucket{le=\"1\"} 1",
            "tda_gateway_overhead_seconds_bucket{le=\"+Inf\"} 2",
            "tda_gateway_overhead_seconds_count{} 2",
            "tda_gateway_overhead_seconds_sum{} 2.00012",
        ];
        Assert.All(lines, line => Assert.Contains(line, text));
    }

    [Fact]
    public async Task Read_LabelsThatClientsChoose_EscapedAndBounded()
    {
        Metrics.Forwarded("/v1/a\"b\\c\nd");
        for (var i = 0; i < 1000; i++)
        {
            Metrics.Forwarded($"/v1/{i}");
        }

        var routes = await _scraped.ReadAsync("tda_gateway_forwarded_total{");

        Assert.Contains("tda_gateway_forwarded_total{route=\"/v1/a\\\"b\\\\c\\nd\"} 1", routes);
        Assert.Equal(33, routes.Length);
        Assert.Contains("tda_gateway_forwarded_total{route=\"other\"} 969", routes);
    }

    [Fact]
    public async Task GenAi_MoreModelsThanAllowed_CountAsOther()
    {
        foreach (var model in (string[])["a", "b", "c", "d"])
        {
            var exchange = Telemetered.Exchange(model);
            Metrics.GenAi.Add(exchange, GenAiCall.Of(exchange)!);
        }

        var counts = await _scraped.ReadAsync("gen_ai_client_operation_duration_seconds_count{");

        Assert.Equal(3, counts.Length);
        Assert.Contains(counts, line => line.Contains("gen_ai_request_model=\"other\"", StringComparison.Ordinal) && line.EndsWith("} 2", StringComparison.Ordinal));
        Assert.Contains(await _scraped.ReadAsync("gen_ai_client_token_usage_sum{"),
            line => line.Contains("gen_ai_request_model=\"a\"", StringComparison.Ordinal) && line.EndsWith("gen_ai_token_type=\"input\"} 5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_TwoGatewaysInOneProcess_EachTellsOfItselfAlone()
    {
        await using var other = new ScrapedMetrics(maxModels: 2);
        other.Metrics.Forwarded("/v1/messages");
        Metrics.Forwarded("/v1/messages");

        Assert.Equal(["tda_gateway_forwarded_total{route=\"/v1/messages\"} 1"], await _scraped.ReadAsync("tda_gateway_forwarded_total{"));
    }

    private void Request()
    {
        Metrics.Forwarded("/v1/chat/completions");
        Metrics.FirstToken("/v1/chat/completions", TimeSpan.FromMilliseconds(300));
        Metrics.Settled("/v1/chat/completions", TerminalState.Complete);
        Metrics.Overhead(TimeSpan.FromMicroseconds(80), TimeSpan.FromMicroseconds(90));
        Metrics.Synced(8, TimeSpan.FromMicroseconds(300));
    }
}
