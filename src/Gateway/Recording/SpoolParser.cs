using Tda.Core.Exchanges;
using Tda.Gateway.Forwarding;
using Tda.Gateway.Parsing;
using Tda.Gateway.Spooling;

namespace Tda.Gateway.Recording;

/// <summary>Fills in what the bodies of a spooled exchange say; never throws for what client or upstream sent.</summary>
internal static class SpoolParser
{
    public static Exchange Parse(SpooledExchange spooled)
    {
        var raw = spooled.Exchange;
        var parsed = ExchangeParser.Parse(new(
            raw.Route,
            raw.Status,
            raw.RequestBody,
            Header(raw.RequestHeaders, "Content-Encoding"),
            raw.ResponseBody,
            Header(raw.ResponseHeaders, "Content-Encoding"),
            raw.Streamed));
        var (state, failure) = Settle(raw, parsed);
        GatewayHeaders.ReadTags(Header(raw.RequestHeaders, GatewayHeaders.Tags), out var tagError);
        return raw with
        {
            State = state,
            Failure = failure,
            Model = parsed.Model,
            Prompt = parsed.Prompt,
            Messages = parsed.Messages,
            Response = parsed.Response,
            ToolCalls = parsed.ToolCalls,
            FinishReason = parsed.FinishReason,
            Logprobs = parsed.Logprobs,
            Usage = parsed.Usage,
            FirstTokenMs = spooled.Arrivals.At(parsed.FirstContentOffset ?? 0) is { } microseconds ? microseconds / 1000.0 : null,
            ParseError = tagError is null || parsed.Error is null ? tagError ?? parsed.Error : $"{tagError}; {parsed.Error}",
        };
    }

    /// <summary>The wire says how the connection ended; only the parsed stream says whether the answer did.</summary>
    private static (TerminalState State, string? Failure) Settle(Exchange raw, ParsedExchange parsed) =>
        raw.WireState != TerminalState.Complete ? (raw.WireState, raw.Failure)
        : parsed.StreamError ? (TerminalState.UpstreamAbort, "the upstream reported an error inside the stream")
        : parsed.StreamCut ? (TerminalState.Truncated, "the stream ended without its end: neither [DONE] nor a finish reason came")
        : (TerminalState.Complete, null);

    private static string? Header(IReadOnlyList<HeaderField> headers, string name) =>
        headers.FirstOrDefault(header => string.Equals(header.Name, name, StringComparison.OrdinalIgnoreCase))?.Value;
}
