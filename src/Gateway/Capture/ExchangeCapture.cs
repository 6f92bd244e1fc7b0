using System.Security.Cryptography;
using Tda.Gateway.Protocols;
using Tda.Gateway.Proxy;
using Tda.Gateway.Redaction;
using Tda.Gateway.Security;
using Tda.Gateway.Spool;
using Tda.Gateway.Upstreams;

namespace Tda.Gateway.Capture;

/// <summary>All that is noted of an exchange while it passes.</summary>
internal sealed class ExchangeCapture : IDisposable
{
    // What takes less memory to spool waits for no turn.
    private const int LittleProgress = 256 << 10;

    // A client that uploads for longer than this is opened before its request is whole.
    private static readonly TimeSpan LongUpload = TimeSpan.FromSeconds(10);

    // A connection may last for hours, and a segment stays as long as it holds something of an exchange under way. So after this long all
    // that has come is spooled anew, and the old segments may go once the disk is sure to have it.
    private static readonly TimeSpan SpooledAnew = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SurelySynced = TimeSpan.FromSeconds(10);

    private readonly Lock _progress = new();
    private readonly HttpContext _context;
    private readonly TimeProvider _time;
    private readonly string _sessionId;
    private readonly DateTimeOffset _startedAt;
    private readonly string? _client;
    private readonly string _path;
    private readonly List<HeaderField> _requestHeaders;
    private readonly Dictionary<string, string> _tags;
    private readonly BodyRedactor _redactor;
    private readonly MemoryBudget _memory;
    private readonly int _mostRecorded;
    private readonly BodyLimits _limits;
    private readonly SpooledBody _spooledRequest;
    private readonly SpooledBody _spooledResponse;
    private BodyMasking? _requestMasking;
    private BodyMasking? _responseMasking;
    private AnswerHead? _answer;
    private long _firstSegment = long.MaxValue;
    private long _openedSegment;
    private long _openedAt;
    private bool _openedWithAnswer;
    private bool _settled;
    private bool _refused;

    public ExchangeCapture(
        HttpContext context, string id, string route, string sessionId, ForwardedCall call, MemoryBudget memory, TimeProvider time)
    {
        var (plan, upstream) = (call.Plan, call.Upstream!);
        var options = plan.Options;
        _memory = memory;
        _mostRecorded = options.MaxRecordedBodyBytes;
        _limits = memory.Limits.For(_mostRecorded);
        _redactor = plan.Redactor;
        _context = context;
        _time = time;
        _sessionId = sessionId;
        Start = call.Arrived;
        _startedAt = ExchangeTime.Normalise(time.GetUtcNow() - time.GetElapsedTime(Start));
        Id = id;
        _client = context.Features.Get<ClientIdentity>()?.Id;
        _path = Redactor.Target(call.Written, context.Request.QueryString, _redactor);
        _requestHeaders = Redactor.Headers(context.Request.Headers, _redactor);
        _tags = Masked(GatewayHeaders.TagsOf(
            context.Request.Headers, plan.Terms(route, upstream), plan.Upstreams.AreSeveral ? upstream.Label : null, out var tagsError));
        if (tagsError is not null)
        {
            context.Response.Headers[GatewayHeaders.TagsError] = tagsError;
        }

        Route = route;
        var limit = Math.Min(_mostRecorded, memory.Limits.LongestContent);
        Request = new(limit, memory);
        RequestLength = context.Request.ContentLength;
        Response = new(limit, memory);
        _spooledRequest = new(Request, time);
        _spooledResponse = new(Response, time);
    }

    public string Id { get; }

    public string Route { get; }

    /// <summary>When the request came, for the clock.</summary>
    public long Start { get; }

    public BodyCapture Request { get; }

    public BodyCapture Response { get; }

    public ArrivalTimes Arrivals { get; } = new();

    /// <summary>Whether the answer has log-probabilities that the client did not ask for.</summary>
    public bool LogprobsAdded { get; set; }

    /// <summary>How long the request says it is; null when it does not.</summary>
    public long? RequestLength { get; }

    /// <summary>Whether all of the request has come.</summary>
    public bool RequestEnded { get; set; }

    /// <summary>Whether it has become a WebSocket, so that its bodies hold messages (<see cref="WebSockets.WebSocketLog"/>).</summary>
    public bool IsWebSocket { get; private set; }

    /// <summary>What bodies may take of memory.</summary>
    public MemoryBudget Memory => _memory;

    /// <summary>Where it stands among the exchanges under way.</summary>
    public LinkedListNode<ExchangeCapture>? Place { get; set; }

    /// <summary>The segment with the first that was spooled of it while under way; <see cref="long.MaxValue"/> when nothing was.</summary>
    public long FirstSegment => Interlocked.Read(ref _firstSegment);

    /// <summary>Says that it is a later attempt of a request.</summary>
    public void IsAttempt(int number, string first)
    {
        _tags[ExchangeTags.First] = first;
        _tags[ExchangeTags.Attempt] = number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Notes status and headers of an answer that doesn't go to the client, since the request is sent again.</summary>
    public void Refused(HttpResponseMessage response)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            headers[name] = values.ToArray();
        }

        _answer = new((int)response.StatusCode, Redactor.Headers(headers, _redactor), Streamed: false);
        _refused = true;
    }

    /// <summary>Notes status and headers; call it on the request's own thread before the first piece of the answer is copied.</summary>
    public void AnswerStarted() => _answer ??= Read(_context.Response);

    /// <summary>Notes that the connection is a WebSocket from here on; as <see cref="AnswerStarted"/>.</summary>
    public void Upgraded()
    {
        IsWebSocket = RequestEnded = true;
        AnswerStarted();
    }

    /// <summary>
    /// Settles the exchange, and waits until there is memory for looking into its bodies: null where they are small, as most are. Nothing can
    /// be captured afterwards.
    /// </summary>
    public async ValueTask<MemoryTurn?> SettleAsync(ForwardOutcome outcome)
    {
        lock (_progress)
        {
            _settled = true;
        }

        var response = _context.Response;
        if (!_refused && (response.HasStarted || Response.Length > 0 || outcome.State is not TerminalState.ClientAbort))
        {
            // The forwarder may have changed the status after the headers were noted only while nothing was sent.
            _answer = _answer is { } noted && response.HasStarted ? noted : Read(response);
        }

        _requestMasking = Masking(Request.Kept, _requestHeaders);
        _responseMasking = Masking(Response.Kept, _answer?.Headers ?? []);
        var cost = _requestMasking.Cost + _responseMasking.Cost;
        return cost == 0 ? null : await _memory.TurnAsync(cost);
    }

    /// <summary>The settled exchange, ready for the spool.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="turn">What <see cref="SettleAsync"/> gave.</param>
    public ExchangeRecord ToRecord(ForwardOutcome outcome, MemoryTurn? turn)
    {
        if (LogprobsAdded)
        {
            _tags[ExchangeTags.Logprobs] = ExchangeTags.Added;
        }

        // Here, and nowhere else, what is stored passes the redaction: hashes of what is masked would let short secrets be guessed.
        var request = Limited(_requestMasking!.Run(turn), Request);
        var answer = Limited(_responseMasking!.Run(turn), Response);
        _memory.Count(request.Cut, request.Packed);
        _memory.Count(answer.Cut, answer.Packed);
        Tag(request, answer);
        var exchange = Envelope(outcome.State, outcome.Failure, Whole(Request, request), Whole(Response, answer));
        return new(exchange, Arrivals.ToBytes(), request.Bytes, answer.Bytes);
    }

    /// <summary>The memory that spooling how far the exchange has come takes; 0 where that is little.</summary>
    public long ProgressCost(SpoolWriter writer)
    {
        var opens = FirstSegment == long.MaxValue || (!_openedWithAnswer && _answer is not null) || IsToBeSpooledAnew(writer);
        var count = (long)Response.CountFrom(opens ? 0 : _spooledResponse.Final)
            + (opens || IsWebSocket ? Request.CountFrom(opens ? 0 : _spooledRequest.Final) : 0);
        return count <= LittleProgress ? 0 : count * BodyLimits.CostOfByte;
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

            // Opened before the answer began, it does not have its status and headers yet.
            if (FirstSegment == long.MaxValue || (force && !IsWebSocket) || (!_openedWithAnswer && _answer is not null))
            {
                Open(writer, whole: force);
                return;
            }

            Continue(writer, FrameType.Piece, _spooledResponse, force);
            if (IsWebSocket)
            {
                Continue(writer, FrameType.RequestPiece, _spooledRequest, force);
                LetSegmentsGo(writer);
            }
        }
    }

    public void Dispose()
    {
        lock (_progress)
        {
            _settled = true;
        }

        _requestMasking?.Dispose();
        _responseMasking?.Dispose();
        Request.Dispose();
        Response.Dispose();
    }

    private Dictionary<string, string> Masked(Dictionary<string, string> tags) =>
        tags.Count == 0 ? tags : tags.ToDictionary(tag => _redactor.Text(tag.Key), tag => _redactor.Text(tag.Value));

    private AnswerHead Read(HttpResponse response) =>
        new(response.StatusCode, Redactor.Headers(response.Headers, _redactor), IsWebSocket || MediaTypes.IsStream(response.ContentType));

    private static RecordedBody Whole(BodyCapture body, RedactedBody redacted) =>
        Recorded(redacted, body.Length, redacted.Count == 0 ? body.Sha256() : null);

    private static RecordedBody Recorded(RedactedBody body, long length, string? sha256 = null) =>
        new([], length, sha256 ?? Convert.ToHexStringLower(SHA256.HashData(body.Bytes.Span)))
        {
            KeptBytes = body.Bytes.Length,
            Redactions = body.Count,
            Unpacked = body.Unpacked,
        };

    private BodyMasking Masking(Memory<byte> body, IReadOnlyList<HeaderField> headers) => IsWebSocket
        ? new(_redactor, body, null, MediaTypes.EventStream, _limits)
        : new(_redactor, body, ExchangeParser.Header(headers, "Content-Encoding"), ExchangeParser.Header(headers, "Content-Type"), _limits);

    /// <summary>A body that was cut while it came, and not at the limit that the configuration sets, was cut for want of memory too.</summary>
    private RedactedBody Limited(RedactedBody body, BodyCapture capture) => capture.RanOut || capture.Kept.Length < Math.Min(capture.Length, _mostRecorded)
        ? body with { Cut = true }
        : body;

    private void Tag(RedactedBody request, RedactedBody response)
    {
        if (ExchangeTags.LimitedValue(request.Cut, request.Packed, response.Cut, response.Packed) is { } limited)
        {
            _tags[ExchangeTags.Limited] = limited;
        }
        else
        {
            _tags.Remove(ExchangeTags.Limited);
        }
    }

    /// <summary>Spools what has come; a later one replaces it.</summary>
    private void Open(SpoolWriter writer, bool whole, bool anew = false)
    {
        _openedWithAnswer = _answer is not null;
        Memory<byte> requestCopy = Request.CopyFrom(0);
        Memory<byte> responseCopy = Response.CopyFrom(0);
        var finalRequest = IsWebSocket ? FinalOf(requestCopy.Span, _spooledRequest.Final) : requestCopy.Length;
        var finalResponse = IsWebSocket ? FinalOf(responseCopy.Span, _spooledResponse.Final) : whole ? responseCopy.Length : FinalOf(responseCopy.Span);
        var request = IsWebSocket ? Progress(requestCopy, finalRequest, whole) : Masked(requestCopy, _requestHeaders);
        var response = Progress(responseCopy, finalResponse, whole);
        _openedAt = _time.GetTimestamp();
        if (anew && (request.Cut || response.Cut))
        {
            // What is in the spool already is more.
            return;
        }

        Tag(request, response);
        var exchange = Envelope(
            TerminalState.GatewayAbort,
            "the gateway died inside the exchange",
            Recorded(request, request.Bytes.Length),
            Recorded(response, response.Bytes.Length));
        using var record = new ExchangeRecord(exchange, [], request.Bytes, response.Bytes);
        var segment = writer.Append(FrameType.Open, record.Meta, request.Bytes.Span, response.Bytes.Span);
        if (FirstSegment == long.MaxValue)
        {
            Interlocked.Exchange(ref _firstSegment, segment);
        }

        _openedSegment = segment;
        _spooledRequest.Note(0, request, finalRequest);
        _spooledResponse.Note(0, response, finalResponse);
    }

    private bool IsToBeSpooledAnew(SpoolWriter writer) =>
        IsWebSocket && FirstSegment != long.MaxValue && _time.GetElapsedTime(_openedAt) >= SpooledAnew && writer.Committed.Segment > _openedSegment;

    private void LetSegmentsGo(SpoolWriter writer)
    {
        if (IsToBeSpooledAnew(writer))
        {
            Open(writer, whole: true, anew: true);
        }
        else if (FirstSegment < _openedSegment && _time.GetElapsedTime(_openedAt) >= SurelySynced)
        {
            Interlocked.Exchange(ref _firstSegment, _openedSegment);
        }
    }

    /// <summary>Spools what more has come of a body, when that is much or has waited for long; with <paramref name="force"/>, now.</summary>
    private void Continue(SpoolWriter writer, FrameType type, SpooledBody body, bool force)
    {
        if (!body.HasNews(force))
        {
            return;
        }

        // A connection may say nothing more for an hour, so that its last words can't wait for their masks to be final; and what is in
        // the spool stays there.
        var start = body.Final;
        Memory<byte> copy = body.CopyNews();
        var final = FinalOf(copy.Span);
        var whole = IsWebSocket && (force || (final == 0 && !body.HasMuchNews) || start + final < body.Shown);
        var piece = Progress(copy, final, whole);
        if (!piece.Bytes.IsEmpty && (!piece.Cut || start + piece.Bytes.Length > body.Shown))
        {
            writer.Append(type, PartialExchanges.PieceHeader(Id, start), piece.Bytes.Span);
            body.Note(start, piece, final);
        }
    }

    /// <summary>A copy of a body from a place on, masked: the whole of it, or as far as its masks are final.</summary>
    private RedactedBody Progress(Memory<byte> copy, int final, bool whole)
    {
        if (!whole && final == 0)
        {
            return default;
        }

        // Where only a part could be looked into, that part's end isn't final.
        var masked = Masked(copy, _answer?.Headers ?? []);
        return whole ? masked : masked.Cut ? default : masked with { Bytes = masked.Bytes[..final] };
    }

    /// <summary>
    /// Up to where nothing that is still to come of a body can change its masks. As far as it is <paramref name="known"/>, it isn't worked
    /// out again.
    /// </summary>
    private int FinalOf(ReadOnlySpan<byte> copy, int known = 0) =>
        known > 0 ? known : !IsWebSocket && _answer is { WaitsForItsEnd: true } ? 0 : _redactor.FinalPrefix(copy);

    // Not disposed: what comes out may be the unpacked content.
    private RedactedBody Masked(Memory<byte> body, IReadOnlyList<HeaderField> headers) => Masking(body, headers).Run(turn: null);

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
        Failure = failure is null ? null : _redactor.Text(failure),
        Client = _client,
        Streamed = _answer?.Streamed ?? false,
        TotalMs = Math.Round(_time.GetElapsedTime(Start).TotalMilliseconds, 3),
        Tags = _tags,
        RequestHeaders = _requestHeaders,
        ResponseHeaders = _answer?.Headers ?? [],
        RequestBody = request,
        ResponseBody = response,
    };
}
