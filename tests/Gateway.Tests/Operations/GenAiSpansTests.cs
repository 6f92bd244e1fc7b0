using System.Diagnostics;
using Tda.Gateway.Configuration;
using Tda.Gateway.Operations;

namespace Tda.Gateway.Tests.Operations;

public sealed class GenAiSpansTests : IDisposable
{
    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;
    private readonly LiveOptions _live = new(new GatewayOptions { Upstream = "https://api.example:8443/v1" });
    private readonly GenAiSpans _source;

    public GenAiSpansTests()
    {
        _source = new(_live);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GatewayMetrics.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (_spans)
                {
                    _spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Add_Chat_SpanWithItsTimesAttributesAndCaller()
    {
        var span = Span(Telemetered.Exchange("model-s1"));

        Assert.Equal("chat model-s1", span.DisplayName);
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), span.StartTimeUtc);
        Assert.Equal(TimeSpan.FromSeconds(1.5), span.Duration);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", span.TraceId.ToHexString());
        Assert.Equal("00f067aa0ba902b7", span.ParentSpanId.ToHexString());
        var expected = new Dictionary<string, object?>
        {
            ["tda.exchange.id"] = "0199c0de-0000-7000-8000-000000000001",
            ["tda.exchange.state"] = "complete",
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.request.model"] = "model-s1",
            ["gen_ai.response.model"] = "model-s1-2026",
            ["gen_ai.usage.input_tokens"] = 5L,
            ["gen_ai.usage.output_tokens"] = 2L,
            ["server.address"] = "api.example",
            ["server.port"] = 8443,
            ["http.response.status_code"] = 200,
        };
        Assert.All(expected, tag => Assert.Equal(tag.Value, span.GetTagItem(tag.Key)));
        Assert.Equal(["stop"], (string[])span.GetTagItem("gen_ai.response.finish_reasons")!);
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
    }

    [Fact]
    public void Add_AnyExchange_NothingOfItsTextIsInTheSpan() =>
        Assert.All(Span(Telemetered.Exchange("model-s2")).TagObjects,
            tag => Assert.DoesNotContain(Telemetered.Secret, $"{tag.Key} {tag.Value}", StringComparison.Ordinal));

    [Theory]
    [InlineData(TerminalState.Complete, 429, "429")]
    [InlineData(TerminalState.UpstreamAbort, 502, "502")]
    [InlineData(TerminalState.ClientAbort, 200, "client_abort")]
    [InlineData(TerminalState.Timeout, null, "timeout")]
    public void Add_Failed_ErrorTypeAndStatus(TerminalState state, int? status, string type)
    {
        var span = Span(Telemetered.Exchange("model-s3") with { State = state, Status = status });

        Assert.Equal((type, ActivityStatusCode.Error), ((string)span.GetTagItem("error.type")!, span.Status));
    }

    [Fact]
    public void Add_NotAmongTheShare_NoSpan()
    {
        _live.Replace(_live.Current with { Telemetry = new() { TraceShare = 0 } });
        var exchange = Telemetered.Exchange("model-s4");

        _source.Add(exchange, GenAiCall.Of(exchange)!);

        Assert.DoesNotContain(_spans, span => span.DisplayName == "chat model-s4");
    }

    [Theory]
    [InlineData("/v1/messages", "chat", "anthropic")]
    [InlineData("/v1/responses", "chat", "openai")]
    [InlineData("/v1/completions", "text_completion", "openai")]
    [InlineData("/v1/embeddings", "embeddings", "openai")]
    [InlineData("/v1/models:streamGenerateContent", "generate_content", "gcp.gemini")]
    [InlineData("/v1/model/converse", "chat", "aws.bedrock")]
    public void Of_Route_OperationAndProvider(string route, string operation, string provider)
    {
        var call = GenAiCall.Of(Telemetered.Exchange("m", route));

        Assert.Equal((operation, provider), (call!.Operation, call.Provider));
    }

    [Fact]
    public void Of_CallThatNoModelAnswers_None() => Assert.Null(GenAiCall.Of(Telemetered.Exchange("m", "/v1/models")));

    private Activity Span(Exchange exchange)
    {
        // Other tests' gateways may make spans at the same time: this one is found by its model.
        var call = GenAiCall.Of(exchange)!;
        _source.Add(exchange, call);
        lock (_spans)
        {
            return Assert.Single(_spans, span => span.DisplayName == "chat " + call.RequestModel);
        }
    }
}
