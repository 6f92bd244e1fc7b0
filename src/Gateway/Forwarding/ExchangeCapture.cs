using Microsoft.AspNetCore.Http;
using Tda.Core.Exchanges;
using Tda.Core.Store;
using Tda.Gateway.Capture;
using Tda.Gateway.Parsing;
using Tda.Gateway.Redaction;
using Tda.Gateway.Security;

namespace Tda.Gateway.Forwarding;

/// <summary>All that is noted of an exchange while it passes.</summary>
internal sealed class ExchangeCapture : IDisposable
{
    private readonly HttpContext _context;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _startedAt;
    private readonly long _start;
    private readonly string _path;
    private readonly List<HeaderField> _requestHeaders;
    private readonly Dictionary<string, string> _tags;
    private readonly string? _tagError;
    private readonly BodyRedactor _redactor;

    public ExchangeCapture(HttpContext context, GatewayOptions options, TimeProvider time)
    {
        _context = context;
        _time = time;
        _start = time.GetTimestamp();
        _startedAt = ExchangeTime.Normalise(time.GetUtcNow());
        _redactor = BodyRedactor.For(options.Redaction);
        _path = Redactor.Target(context.Request.Path, context.Request.QueryString, _redactor);
        _requestHeaders = Redactor.Headers(context.Request.Headers, _redactor);
        _tags = GatewayHeaders.ReadTags(context.Request.Headers[GatewayHeaders.Tags], out _tagError);
        Route = Routes.Of(context.Request.Path);
        Request = new(options.MaxRecordedBodyBytes);
        Response = new(options.MaxRecordedBodyBytes);
    }

    public string Route { get; }

    public BodyCapture Request { get; }

    public BodyCapture Response { get; }

    public ArrivalTimes Arrivals { get; } = new();

    /// <summary>Parses the copy and puts the exchange together; never throws for what client or upstream sent.</summary>
    public Exchange ToExchange(ForwardOutcome outcome, string sessionId)
    {
        var response = _context.Response;
        var answered = response.HasStarted || outcome.State is not TerminalState.ClientAbort;
        var streamed = MediaTypes.IsEventStream(response.ContentType);
        var bodies = new RecordedExchange(
            Route,
            answered ? response.StatusCode : null,
            Redacted(Request.ToBody(), _context.Request.Headers),
            _context.Request.Headers.ContentEncoding,
            Redacted(Response.ToBody(), response.Headers),
            response.Headers.ContentEncoding,
            streamed);
        var totalMs = Milliseconds(_time.GetTimestamp());
        var parsed = ExchangeParser.Parse(bodies with
        {
            RequestEncoding = bodies.Request.Unpacked ? null : bodies.RequestEncoding,
            ResponseEncoding = bodies.Response.Unpacked ? null : bodies.ResponseEncoding,
        });
        var (state, failure) = Settle(outcome, parsed);
        return new()
        {
            Id = Guid.CreateVersion7(_startedAt).ToString(),
            SessionId = sessionId,
            Route = Route,
            Method = _context.Request.Method,
            Path = _path,
            StartedAt = _startedAt,
            Status = bodies.Status,
            State = state,
            Failure = failure is null ? null : _redactor.Text(failure),
            Client = _context.Features.Get<ClientIdentity>()?.Id,
            Streamed = streamed,
            Model = parsed.Model,
            Prompt = parsed.Prompt,
            Messages = parsed.Messages,
            Response = parsed.Response,
            ToolCalls = parsed.ToolCalls,
            FinishReason = parsed.FinishReason,
            Logprobs = parsed.Logprobs,
            Usage = parsed.Usage,
            FirstTokenMs = FirstTokenMs(parsed),
            TotalMs = totalMs,
            Tags = RedactedTags(),
            RequestHeaders = _requestHeaders,
            ResponseHeaders = answered ? Redactor.Headers(response.Headers, _redactor) : [],
            RequestBody = bodies.Request,
            ResponseBody = bodies.Response,
            ParseError = Join(_tagError, parsed.Error) is { } error ? _redactor.Text(error) : null,
        };
    }

    public void Dispose()
    {
        Request.Dispose();
        Response.Dispose();
    }

    /// <summary>The wire says how the connection ended; only the parsed stream says whether the answer did.</summary>
    private static (TerminalState State, string? Failure) Settle(ForwardOutcome outcome, ParsedExchange parsed) =>
        outcome.State != TerminalState.Complete ? (outcome.State, outcome.Failure)
        : parsed.StreamError ? (TerminalState.UpstreamAbort, "the upstream reported an error inside the stream")
        : parsed.StreamCut ? (TerminalState.Truncated, "the stream ended without its end: neither [DONE] nor a finish reason came")
        : (TerminalState.Complete, null);

    private Dictionary<string, string> RedactedTags()
    {
        // Two names may become one mask; then one of the two stays.
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _tags)
        {
            tags[_redactor.Text(name)] = _redactor.Text(value);
        }

        return tags;
    }

    private RecordedBody Redacted(RecordedBody body, IHeaderDictionary headers)
    {
        var redacted = _redactor.Redact(body.Bytes, headers.ContentEncoding, headers.ContentType);
        if (redacted.Count == 0)
        {
            return body;
        }

        var bytes = redacted.Unpacked ? redacted.Bytes.ToArray() : body.Bytes;
        return body with
        {
            Bytes = bytes,
            KeptBytes = bytes.LongLength,
            Sha256 = RecordedBody.Of(bytes).Sha256,
            Redactions = redacted.Count,
            Unpacked = redacted.Unpacked,
        };
    }

    private static string? Join(string? first, string? second) => first is null || second is null ? first ?? second : $"{first}; {second}";

    private double? FirstTokenMs(ParsedExchange parsed) =>
        Arrivals.At(parsed.FirstContentOffset ?? 0) is { } timestamp && Response.Length > 0 ? Milliseconds(timestamp) : null;

    private double Milliseconds(long timestamp) => Math.Round(_time.GetElapsedTime(_start, timestamp).TotalMilliseconds, 3);
}
