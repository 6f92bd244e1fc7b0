using System.Diagnostics;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Operations;

/// <summary>
/// A span an exchange, with its real start and end though it is made when the exchange is parsed. It names the exchange,
/// whose text stays in the store.
/// </summary>
internal sealed class GenAiSpans(LiveOptions live) : IDisposable
{
    private readonly ActivitySource _source = new(GatewayMetrics.SourceName);

    /// <summary>Makes the span, if somebody listens and the exchange is among the share.</summary>
    public void Add(Exchange exchange, GenAiCall call)
    {
        var options = live.Current;
        if (!_source.HasListeners() || !Sampling.Takes(exchange.Id, options.Telemetry.TraceShare))
        {
            return;
        }

        // The caller's own trace, if it sent one, so that the span stands where the call was made.
        ActivityContext.TryParse(Header(exchange, "traceparent"), Header(exchange, "tracestate"), isRemote: true, out var parent);
        var name = call.RequestModel is null ? call.Operation : $"{call.Operation} {call.RequestModel}";
        using var span = _source.StartActivity(name, ActivityKind.Client, parent, startTime: exchange.StartedAt);
        if (span is null)
        {
            return;
        }

        span.SetTag("tda.exchange.id", exchange.Id);
        span.SetTag("tda.exchange.state", exchange.State.Name());
        span.SetTag("gen_ai.operation.name", call.Operation);
        span.SetTag("gen_ai.provider.name", call.Provider);
        span.SetTag("gen_ai.request.model", call.RequestModel);
        span.SetTag("gen_ai.response.model", call.ResponseModel);
        span.SetTag("gen_ai.usage.input_tokens", exchange.Usage?.PromptTokens);
        span.SetTag("gen_ai.usage.output_tokens", exchange.Usage?.CompletionTokens);
        span.SetTag("gen_ai.response.finish_reasons", exchange.FinishReason is { } reason ? new[] { reason } : null);
        span.SetTag("http.response.status_code", exchange.Status);
        span.SetTag("url.path", exchange.Route);
        if (Uri.TryCreate(options.UrlOf(UpstreamOf(exchange, options)), UriKind.Absolute, out var upstream))
        {
            span.SetTag("server.address", upstream.Host);
            span.SetTag("server.port", upstream.Port);
        }

        if (call.ErrorType is not null)
        {
            span.SetTag("error.type", call.ErrorType);
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.SetEndTime(exchange.StartedAt.UtcDateTime.AddMilliseconds(exchange.TotalMs));
    }

    public void Dispose() => _source.Dispose();

    private static string UpstreamOf(Exchange exchange, GatewayOptions options) =>
        exchange.Tags.GetValueOrDefault(ExchangeTags.Upstream) is { } name && options.Upstreams.ContainsKey(name) ? name : options.UpstreamOf(exchange.Route);

    private static string? Header(Exchange exchange, string name) =>
        exchange.RequestHeaders.FirstOrDefault(header => string.Equals(header.Name, name, StringComparison.OrdinalIgnoreCase))?.Value;
}
