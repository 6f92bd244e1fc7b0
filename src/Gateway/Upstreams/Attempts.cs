using Microsoft.Extensions.Primitives;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;
using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Upstreams;

/// <summary>
/// A request that is sent again, or to another upstream, where it failed before anything of an answer went to the client. Each attempt is an
/// exchange of its own, of which the later ones name the first: which model answered must stay known.
/// </summary>
internal sealed class Attempts
{
    // What is sent again has to be kept.
    private const int LongestBody = 8 << 20;

    // An error's body says little; what is longer is cut in the log.
    private const int LongestError = 1 << 20;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly byte[] _body;
    private readonly StringValues _acceptEncoding;
    private readonly Queue<Upstream> _left;
    private Upstream _current;
    private TimeSpan? _asked;
    private int _repeats;

    private Attempts(HttpRequest request, byte[] body, Upstream first, Queue<Upstream> left)
    {
        _body = body;
        _acceptEncoding = request.Headers.AcceptEncoding;
        _current = first;
        _left = left;
    }

    /// <summary>Which attempt it is, from 1.</summary>
    public int Number { get; private set; } = 1;

    /// <summary>Whether the attempt under way has failed, and another follows.</summary>
    public bool Failed { get; private set; }

    /// <summary>
    /// Keeps the request where it may be sent again; null where the configuration doesn't say so, the request is too long for it, or its
    /// connection is to be upgraded.
    /// </summary>
    public static async ValueTask<Attempts?> BeginAsync(HttpContext context, ForwardedCall call)
    {
        var upstream = call.Upstream!;
        var request = context.Request;
        if ((upstream.Retries == 0 && upstream.Fallback.Count == 0) || request.ContentLength > LongestBody || WebSocketUpgrade.WantsAny(context))
        {
            return null;
        }

        var others = upstream.Fallback.Select(call.Plan.Upstreams.Named).OfType<Upstream>();
        var sequence = Enumerable.Repeat(upstream, upstream.Retries).Concat(others.SelectMany(other => Enumerable.Repeat(other, 1 + other.Retries)));
        var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                body.Write(buffer, 0, read);
                if (body.Length > LongestBody)
                {
                    request.Body = new PrefixedStream(body.ToArray(), request.Body);
                    return null;
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The forwarder reads on from here, meets the same and says what it was.
            request.Body = new PrefixedStream(body.ToArray(), request.Body);
            return null;
        }

        var attempts = new Attempts(request, body.ToArray(), upstream, new(sequence));
        request.Body = new MemoryStream(attempts._body, writable: false);
        return attempts;
    }

    /// <summary>Whether another attempt follows a failure. An upstream whose key can't be read is passed over.</summary>
    public bool GoesOn()
    {
        while (_left.TryPeek(out var next) && next.Key is { IsThere: false })
        {
            _left.Dequeue();
        }

        return Failed = _left.Count > 0;
    }

    /// <summary>Looks at an answer before any of it goes on; true where it is a failure that another attempt follows. The log takes it.</summary>
    public async Task<bool> RefuseAsync(HttpResponseMessage response, ExchangeCapture? capture, CancellationToken cancellationToken)
    {
        if ((int)response.StatusCode is not (408 or 429 or 500 or 502 or 503 or 504 or 529))
        {
            return false;
        }

        // An upstream that wants to be left alone for longer than a client waits is left alone.
        _asked = response.Headers.RetryAfter?.Delta;
        while (_asked > LongestWait && _left.TryPeek(out var next) && ReferenceEquals(next, _current))
        {
            _left.Dequeue();
        }

        if (!GoesOn())
        {
            return false;
        }

        capture?.Refused(response);
        try
        {
            var rest = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[16 << 10];
            for (int read, length = 0; length < LongestError && (read = await rest.ReadAsync(buffer, cancellationToken)) > 0; length += read)
            {
                capture?.Response.Append(buffer.AsSpan(0, read));
            }
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            // An upstream that breaks inside its error has failed all the same; the log has what came.
        }

        return true;
    }

    /// <summary>Makes the request ready to be sent again, after a wait where it goes to the same upstream; false when the client has left.</summary>
    public async Task<bool> NextAsync(HttpContext context, ForwardedCall call, TimeProvider time)
    {
        var next = _left.Dequeue();
        var same = ReferenceEquals(next, _current);
        _repeats = same ? _repeats + 1 : 0;
        try
        {
            if (same)
            {
                var wait = _asked ?? FirstWait * Math.Pow(2, _repeats - 1);
                await Task.Delay(wait < LongestWait ? wait : LongestWait, time, context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (context.RequestAborted.IsCancellationRequested)
        {
            return false;
        }

        var request = context.Request;
        request.Body = new MemoryStream(_body, writable: false);
        request.ContentLength = request.ContentLength is null ? null : _body.Length;
        request.Headers.AcceptEncoding = _acceptEncoding;
        next.Key?.TryPut(request.Headers);

        // The forwarder has set the failure's, and takes any other than 200 for an answer that has begun.
        context.Response.StatusCode = StatusCodes.Status200OK;
        (call.Upstream, call.Arrived) = (next, time.GetTimestamp());
        (_current, _asked, Failed) = (next, null, false);
        Number++;
        return true;
    }
}
