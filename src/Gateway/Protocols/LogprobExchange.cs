using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Primitives;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Protocols;

/// <summary>
/// One exchange whose upstream is asked for log-probabilities that the client did not ask for. Three calls:
/// <list type="number">
/// <item><see cref="BeginAsync"/> before the request is forwarded: holds the request and changes it; null where nothing is to do.</item>
/// <item><see cref="RefusedAsync"/> with the upstream's answer, before any of it goes on: true where the upstream refused the
/// question; the request is then again as the client sent it, and is to be forwarded once more.</item>
/// <item><see cref="Strip"/> with each piece of the answer: what the client gets of it. The log takes the piece itself.</item>
/// </list>
/// </summary>
internal sealed class LogprobExchange(HttpContext context, string route, string? model, LogprobRefusals refusals, ReadOnlyMemory<byte> original)
{
    private const int LongestRefusal = 64 << 10;
    private const int LongestPiece = 64 << 10;

    private readonly StringValues _acceptEncoding = context.Request.Headers.AcceptEncoding;
    private readonly ArrayBufferWriter<byte> _stripped = new();
    private LogprobStripper? _stripper;

    /// <summary>Whether the upstream has refused the question.</summary>
    public bool Refused { get; private set; }

    /// <summary>Whether the answer's log-probabilities are there because we asked for them.</summary>
    public bool Added => _stripper is not null;

    /// <summary>
    /// Changes the request if that is wanted, can be done, and there is memory for it; what was read of it is put back in any case.
    /// </summary>
    public static async Task<LogprobExchange?> BeginAsync(
        HttpContext context, string route, LogprobOptions options, LogprobRefusals refusals, MemoryBudget memory, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (!options.EnabledFor(route) || !LogprobRequest.Supports(route) || !HttpMethods.IsPost(request.Method)
            || request.ContentLength is not { } length || length < 2 || length > options.MaxRequestBytes
            || !MediaTypes.IsJson(request.ContentType) || request.Headers.ContentEncoding.Count > 0)
        {
            return null;
        }

        var body = new HeldBytes((int)length, memory);
        context.Response.RegisterForDispose(body);
        var rest = await ReadAsync(request.Body, body, length, cancellationToken);

        // The changed request, and what making it takes.
        var change = new MemoryHold(memory, 2 * length);
        context.Response.RegisterForDispose(change);
        if (body.Length < length || !change.TryTake() || !LogprobRequest.TryRewrite(body.Bytes, route, options, out var changed, out var model)
            || refusals.Contains(route, model))
        {
            request.Body = new PrefixedStream(body.Bytes, rest.Length == 0 ? request.Body : new PrefixedStream(rest, request.Body));
            return null;
        }

        var exchange = new LogprobExchange(context, route, model, refusals, body.Bytes);
        exchange.Ask(changed, "identity"); // a packed answer could not be changed on its way
        return exchange;
    }

    /// <summary>Reads a body to its end, or as far as there is memory for it; returns what was read and could not be held.</summary>
    private static async Task<byte[]> ReadAsync(Stream source, HeldBytes body, long length, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, LongestPiece));
        try
        {
            int read;
            while (body.Length < length && (read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - body.Length)), cancellationToken)) > 0)
            {
                if (body.Append(buffer.AsSpan(0, read)) is var held && held < read)
                {
                    return buffer[held..read];
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The forwarder reads on from here, meets the same and says what it was.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        return [];
    }

    /// <summary>Looks at the upstream's answer before it goes on.</summary>
    public async Task<bool> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity && !Refused)
        {
            Refused = await NamesLogprobsAsync(response, cancellationToken);
            if (Refused)
            {
                refusals.Add(route, model);
                Ask(original, _acceptEncoding);

                // The forwarder has set the refusal's, and takes any other than 200 for an answer that has begun.
                context.Response.StatusCode = StatusCodes.Status200OK;
            }

            return Refused;
        }

        var type = response.Content.Headers.ContentType?.ToString();
        if (!Refused && response.IsSuccessStatusCode && response.Content.Headers.ContentEncoding.Count == 0
            && (MediaTypes.IsEventStream(type) || MediaTypes.IsJson(type)))
        {
            // The length is known only when all has been stripped, which is not waited for.
            _stripper = new(route, MediaTypes.IsEventStream(type));
            response.Content.Headers.ContentLength = null;
        }

        return false;
    }

    /// <summary>What the client gets of a piece; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Strip(ReadOnlyMemory<byte> piece)
    {
        if (_stripper is null)
        {
            return piece;
        }

        _stripped.ResetWrittenCount();
        _stripper.Write(piece.Span, _stripped);
        return _stripped.WrittenMemory;
    }

    private static async Task<bool> NamesLogprobsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var rest = await response.Content.ReadAsStreamAsync(cancellationToken);
        var start = new byte[LongestRefusal];
        var read = await rest.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (start.AsSpan(0, read).IndexOf("logprob"u8) >= 0 || start.AsSpan(0, read).IndexOf("log prob"u8) >= 0)
        {
            return true;
        }

        var whole = new StreamContent(new PrefixedStream(start.AsMemory(0, read), rest));
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            whole.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = whole;
        return false;
    }

    private void Ask(ReadOnlyMemory<byte> body, StringValues acceptEncoding)
    {
        context.Request.Body = new PrefixedStream(body, Stream.Null);
        context.Request.ContentLength = body.Length;
        context.Request.Headers.AcceptEncoding = acceptEncoding;
    }
}

/// <summary>Which models have refused log-probabilities; they are not asked again while the process lives.</summary>
internal sealed class LogprobRefusals
{
    // Names come from clients, and memory is not theirs to fill. Beyond this, a refusing model costs its second request each time.
    private const int MostModels = 4096;

    private readonly ConcurrentDictionary<(string Route, string Model), byte> _models = new();

    public bool Contains(string route, string? model) => _models.ContainsKey((route, model ?? ""));

    public void Add(string route, string? model)
    {
        if (_models.Count < MostModels)
        {
            _models.TryAdd((route, model ?? ""), 0);
        }
    }
}

/// <summary>A stream of which the beginning has been read already.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _prefix.IsEmpty ? await rest.ReadAsync(buffer, cancellationToken) : TakePrefix(buffer.Span);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => _prefix.IsEmpty ? rest.Read(buffer) : TakePrefix(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }

    private int TakePrefix(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return count;
    }
}
