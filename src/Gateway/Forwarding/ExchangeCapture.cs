using Microsoft.AspNetCore.Http;
using Tda.Core.Exchanges;
using Tda.Core.Store;
using Tda.Gateway.Capture;
using Tda.Gateway.Parsing;
using Tda.Gateway.Redaction;

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

    public ExchangeCapture(HttpContext context, GatewayOptions options, TimeProvider time)
    {
        _context = context;
        _time = time;
        _start = time.GetTimestamp();
        _startedAt = ExchangeTime.Normalise(time.GetUtcNow());
        _path = Redactor.Target(context.Request.Path, context.Request.QueryString);
        _requestHeaders = Redactor.Headers(context.Request.Headers);
        _tags = GatewayHeaders.ReadTags(context.Request.Headers[GatewayHeaders.Tags], out _);
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
        var totalMs = Milliseconds(_time.GetTimestamp());
        var raw = new Exchange
        {
            Id = Guid.CreateVersion7(_startedAt).ToString(),
            SessionId = sessionId,
            Route = Route,
            Method = _context.Request.Method,
            Path = _path,
            StartedAt = _startedAt,
            Status = answered ? response.StatusCode : null,
            State = outcome.State,
            WireState = outcome.State,
            Failure = outcome.Failure,
            Streamed = MediaTypes.IsEventStream(response.ContentType),
            TotalMs = totalMs,
            Tags = _tags,
            RequestHeaders = _requestHeaders,
            ResponseHeaders = answered ? Redactor.Headers(response.Headers) : [],
            RequestBody = Request.ToBody(),
            ResponseBody = Response.ToBody(),
        };
        var exchange = ExchangeParser.Apply(raw, out var firstContent);
        return exchange with { FirstTokenMs = FirstTokenMs(firstContent) };
    }

    public void Dispose()
    {
        Request.Dispose();
        Response.Dispose();
    }

    private double? FirstTokenMs(long? firstContent) =>
        Arrivals.At(firstContent ?? 0) is { } timestamp && Response.Length > 0 ? Milliseconds(timestamp) : null;

    private double Milliseconds(long timestamp) => Math.Round(_time.GetElapsedTime(_start, timestamp).TotalMilliseconds, 3);
}
