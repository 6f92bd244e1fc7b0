using Microsoft.AspNetCore.Http;
using Tda.Core.Exchanges;
using Tda.Core.Store;
using Tda.Gateway.Capture;
using Tda.Gateway.Redaction;
using Tda.Gateway.Spooling;

namespace Tda.Gateway.Forwarding;

/// <summary>All that is noted of an exchange while it passes.</summary>
internal sealed class ExchangeCapture : IDisposable
{
    // A stream's progress is spooled when so much has come, or so much time has passed, since the last time.
    private const int ProgressBytes = 64 << 10;
    private static readonly TimeSpan ProgressTime = TimeSpan.FromSeconds(1);

    // A client that uploads for longer than this is opened before its request is whole.
    private static readonly TimeSpan LongUpload = TimeSpan.FromSeconds(10);

    private readonly Lock _progress = new();
    private readonly HttpContext _context;
    private readonly TimeProvider _time;
    private readonly string _sessionId;
    private readonly DateTimeOffset _startedAt;
    private readonly string _path;
    private readonly List<HeaderField> _requestHeaders;
    private readonly Dictionary<string, string> _tags;
    private Answer? _answer;
    private int _spooledResponse;
    private long _spooledAt;
    private long _firstSegment = long.MaxValue;
    private bool _settled;

    public ExchangeCapture(HttpContext context, string id, string route, string sessionId, GatewayOptions options, TimeProvider time)
    {
        _context = context;
        _time = time;
        _sessionId = sessionId;
        Start = time.GetTimestamp();
        _startedAt = ExchangeTime.Normalise(time.GetUtcNow());
        Id = id;
        _path = Redactor.Target(context.Request.Path, context.Request.QueryString);
        _requestHeaders = Redactor.Headers(context.Request.Headers);
        _tags = GatewayHeaders.TagsOf(context.Request.Headers, options, route, out _);
        Route = route;
        Request = new(options.MaxRecordedBodyBytes);
        RequestLength = context.Request.ContentLength;
        Request.Expect(RequestLength);
        Response = new(options.MaxRecordedBodyBytes);
    }

    public string Id { get; }

    public string Route { get; }

    /// <summary>When the request came, for the clock.</summary>
    public long Start { get; }

    public BodyCapture Request { get; }

    public BodyCapture Response { get; }

    public ArrivalTimes Arrivals { get; } = new();

    /// <summary>How long the request says it is; null when it does not.</summary>
    public long? RequestLength { get; }

    /// <summary>Whether all of the request has come.</summary>
    public bool RequestEnded { get; set; }

    /// <summary>The segment with the first that was spooled of it while under way; <see cref="long.MaxValue"/> when nothing was.</summary>
    public long FirstSegment => Interlocked.Read(ref _firstSegment);

    /// <summary>Notes status and headers; call it on the request's own thread before the first piece of the answer is copied.</summary>
    public void AnswerStarted() => _answer ??= Read(_context.Response);

    /// <summary>The settled exchange, ready for the spool. Nothing can be captured afterwards.</summary>
    public ExchangeRecord ToRecord(ForwardOutcome outcome)
    {
        lock (_progress)
        {
            _settled = true;
        }

        var response = _context.Response;
        if (response.HasStarted || outcome.State is not TerminalState.ClientAbort)
        {
            // The forwarder may have changed the status after the headers were noted only while nothing was sent.
            _answer = _answer is { } noted && response.HasStarted ? noted : Read(response);
        }

        var exchange = Envelope(outcome.State, outcome.Failure, Body(Request), Body(Response));
        return new(exchange, Arrivals.ToBytes(), Request.Kept, Response.Kept);
    }

    /// <summary>Spools how far the exchange has come, when that is news; from any thread.</summary>
    /// <param name="writer">The spool.</param>
    /// <param name="force">Whether all that came is to be spooled now.</param>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public void SpoolProgress(SpoolWriter writer, bool force)
    {
        lock (_progress)
        {
            if (_settled || (FirstSegment == long.MaxValue && !force && !RequestEnded && _time.GetElapsedTime(Start) < LongUpload))
            {
                return;
            }

            if (FirstSegment == long.MaxValue)
            {
                Open(writer);
            }
            else if (Response.Length > _spooledResponse
                && (force || Response.Length - _spooledResponse >= ProgressBytes || _time.GetElapsedTime(_spooledAt) >= ProgressTime))
            {
                Continue(writer);
            }
        }
    }

    public void Dispose()
    {
        lock (_progress)
        {
            _settled = true;
        }

        Request.Dispose();
        Response.Dispose();
    }

    private static Answer Read(HttpResponse response) =>
        new(response.StatusCode, Redactor.Headers(response.Headers), MediaTypes.IsEventStream(response.ContentType));

    private static RecordedBody Body(BodyCapture body) => new([], body.Length, body.Sha256()) { KeptBytes = body.Kept.Length };

    private void Open(SpoolWriter writer)
    {
        var request = Request.CopyFrom(0);
        var response = Response.CopyFrom(0);
        var exchange = Envelope(TerminalState.GatewayAbort, "the gateway died inside the exchange", RecordedBody.Of(request), RecordedBody.Of(response));
        var record = new ExchangeRecord(exchange, [], request, response);
        Interlocked.Exchange(ref _firstSegment, writer.Append(FrameType.Open, record.Meta, request, response));
        Spooled(response.Length);
    }

    private void Continue(SpoolWriter writer)
    {
        var piece = Response.CopyFrom(_spooledResponse);
        writer.Append(FrameType.Piece, PartialExchanges.PieceHeader(Id, _spooledResponse), piece);
        Spooled(_spooledResponse + piece.Length);
    }

    private void Spooled(int response)
    {
        _spooledResponse = response;
        _spooledAt = _time.GetTimestamp();
    }

    private Exchange Envelope(TerminalState state, string? failure, RecordedBody request, RecordedBody response) => new()
    {
        Id = Id,
        SessionId = _sessionId,
        Sequence = 0,
        Route = Route,
        Method = _context.Request.Method,
        Path = _path,
        StartedAt = _startedAt,
        Status = _answer?.Status,
        State = state,
        WireState = state,
        Failure = failure,
        Streamed = _answer?.Streamed ?? false,
        TotalMs = Math.Round(_time.GetElapsedTime(Start).TotalMilliseconds, 3),
        Tags = _tags,
        RequestHeaders = _requestHeaders,
        ResponseHeaders = _answer?.Headers ?? [],
        RequestBody = request,
        ResponseBody = response,
    };

    private sealed record Answer(int Status, IReadOnlyList<HeaderField> Headers, bool Streamed);
}
