using System.Buffers;
using System.IO.Compression;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// Unpacks the messages of one direction that permessage-deflate packed (RFC 7692). Where the sender keeps its context, a message may
/// refer to those before it; so after one that can't be unpacked none of its direction can.
/// </summary>
/// <param name="keepsContext">Whether messages refer to earlier ones.</param>
/// <param name="limit">The most bytes that may come out of a message.</param>
/// <param name="budget">Where memory for them is drawn from.</param>
internal sealed class WebSocketInflater(bool keepsContext, int limit, MemoryBudget? budget) : IDisposable
{
    private const string Extension = "permessage-deflate";
    private const int Step = 16 << 10;

    private readonly PackedMessage _packed = new();
    private HeldBytes? _plain;
    private DeflateStream? _deflate;
    private bool _lost;

    /// <summary>Whether a message was not unpacked since that would have taken more memory than there is, or than one message may take.</summary>
    public bool RanOut { get; private set; }

    /// <summary>
    /// The unpackers that an answer's Sec-WebSocket-Extensions calls for: the client's direction and the upstream's. None where both
    /// sides did not agree on permessage-deflate alone: frames that another extension changed are kept as they are.
    /// </summary>
    public static (WebSocketInflater? Client, WebSocketInflater? Upstream) Agreed(string? extensions, int limit, MemoryBudget? budget = null)
    {
        string[] parts = [.. (extensions ?? "").Split(';').Select(part => part.Trim())];
        return string.Equals(parts[0], Extension, StringComparison.OrdinalIgnoreCase) && !extensions!.Contains(',', StringComparison.Ordinal)
            ? (new(!Has("client_no_context_takeover"), limit, budget), new(!Has("server_no_context_takeover"), limit, budget))
            : (null, null);

        bool Has(string parameter) => parts.Contains(parameter, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The message, valid until the next call; false where it can't be unpacked, is too long for what it takes packed, or for the memory that there is.
    /// </summary>
    public bool TryInflate(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (_lost)
        {
            return false;
        }

        if (!TryPrepare(payload))
        {
            RanOut = true;
            _lost = keepsContext;
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Step);
        try
        {
            while (_deflate!.Read(buffer) is var read and > 0)
            {
                if (_plain!.Append(buffer.AsSpan(0, read)) < read)
                {
                    RanOut = true;
                    _lost = keepsContext;
                    return false;
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            _lost = keepsContext;
            return false;
        }

        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        // A block marked as the last ends the framework's stream, and the context with it. The standard allows it, nobody is known to send it.
        _lost = keepsContext && !_packed.AskedBeyondEnd;
        message = _plain!.Bytes.Span;
        return true;
    }

    /// <summary>A message went by that was not kept whole, so that its direction's context is not known any more.</summary>
    public void Lose() => _lost = keepsContext;

    /// <summary>The memory of the last message goes back.</summary>
    public void Clear()
    {
        _plain?.Dispose();
        _packed.Clear();
    }

    public void Dispose()
    {
        Clear();
        _deflate?.Dispose();
    }

    private bool TryPrepare(ReadOnlySpan<byte> payload)
    {
        Clear();
        _plain = new(ContentDecoder.Allowed(payload.Length, limit), budget);
        var fits = _packed.TryBegin(payload, budget);
        if (!keepsContext || _deflate is null)
        {
            _deflate?.Dispose();
            _deflate = new(_packed, CompressionMode.Decompress, leaveOpen: true);
        }

        return fits;
    }

    /// <summary>Hands the deflater one message after the other: each with the four bytes that senders leave out (RFC 7692, 7.2.2).</summary>
    private sealed class PackedMessage : ReadOnlyStream
    {
        private HeldBytes? _bytes;
        private int _position;

        private static ReadOnlySpan<byte> EndOfFlush => [0x00, 0x00, 0xFF, 0xFF];

        /// <summary>Whether more was asked for than there is of the message: a deflater that has found a last block doesn't.</summary>
        public bool AskedBeyondEnd { get; private set; }

        public bool TryBegin(ReadOnlySpan<byte> payload, MemoryBudget? budget)
        {
            _bytes = new(int.MaxValue, budget);
            _position = 0;
            AskedBeyondEnd = false;
            return _bytes.Append(payload) + _bytes.Append(EndOfFlush) == payload.Length + EndOfFlush.Length;
        }

        public void Clear() => _bytes?.Dispose();

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _bytes!.Length - _position);
            AskedBeyondEnd |= count == 0 && !buffer.IsEmpty;
            _bytes.Bytes.Span.Slice(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }
}
