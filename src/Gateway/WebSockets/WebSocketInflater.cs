using System.Buffers;
using System.IO.Compression;
using Tda.Gateway.Protocols;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// Unpacks the messages of one direction that permessage-deflate packed (RFC 7692). Where the sender keeps its context, a message may
/// refer to those before it; so after one that can't be unpacked none of its direction can.
/// </summary>
/// <param name="keepsContext">Whether messages refer to earlier ones.</param>
/// <param name="limit">The most bytes that may come out of a message.</param>
internal sealed class WebSocketInflater(bool keepsContext, int limit) : IDisposable
{
    private const string Extension = "permessage-deflate";
    private const int Step = 16 << 10;
    private const int LargestKept = 1 << 20;

    private readonly PackedMessage _packed = new();
    private ArrayBufferWriter<byte> _plain = new();
    private DeflateStream? _deflate;
    private bool _lost;

    /// <summary>
    /// The unpackers that an answer's Sec-WebSocket-Extensions calls for: the client's direction and the upstream's. None where both
    /// sides did not agree on permessage-deflate alone: frames that another extension changed are kept as they are.
    /// </summary>
    public static (WebSocketInflater? Client, WebSocketInflater? Upstream) Agreed(string? extensions, int limit)
    {
        string[] parts = [.. (extensions ?? "").Split(';').Select(part => part.Trim())];
        return string.Equals(parts[0], Extension, StringComparison.OrdinalIgnoreCase) && !extensions!.Contains(',', StringComparison.Ordinal)
            ? (new(!Has("client_no_context_takeover"), limit), new(!Has("server_no_context_takeover"), limit))
            : (null, null);

        bool Has(string parameter) => parts.Contains(parameter, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The message, valid until the next call; false where it can't be unpacked, or is too long for what it takes packed.</summary>
    public bool TryInflate(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (_lost)
        {
            return false;
        }

        Prepare(payload);
        try
        {
            var allowed = ContentDecoder.Allowed(payload.Length, limit);
            while (_deflate!.Read(_plain.GetSpan(Step)) is var read and > 0)
            {
                _plain.Advance(read);
                if (_plain.WrittenCount > allowed)
                {
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

        // A block marked as the last ends the framework's stream, and the context with it. The standard allows it, nobody is known to send it.
        _lost = keepsContext && !_packed.AskedBeyondEnd;
        message = _plain.WrittenSpan;
        return true;
    }

    /// <summary>A message went by that was not kept whole, so that its direction's context is not known any more.</summary>
    public void Lose() => _lost = keepsContext;

    public void Dispose() => _deflate?.Dispose();

    private void Prepare(ReadOnlySpan<byte> payload)
    {
        _packed.Begin(payload);
        if (!keepsContext || _deflate is null)
        {
            _deflate?.Dispose();
            _deflate = new(_packed, CompressionMode.Decompress, leaveOpen: true);
        }

        _plain.ResetWrittenCount();
        if (_plain.Capacity > LargestKept)
        {
            _plain = new();
        }
    }

    /// <summary>Hands the deflater one message after the other: each with the four bytes that senders leave out (RFC 7692, 7.2.2).</summary>
    private sealed class PackedMessage : ReadOnlyStream
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private int _position;

        private static ReadOnlySpan<byte> EndOfFlush => [0x00, 0x00, 0xFF, 0xFF];

        /// <summary>Whether more was asked for than there is of the message: a deflater that has found a last block doesn't.</summary>
        public bool AskedBeyondEnd { get; private set; }

        public void Begin(ReadOnlySpan<byte> payload)
        {
            _bytes.ResetWrittenCount();
            _bytes.Write(payload);
            _bytes.Write(EndOfFlush);
            _position = 0;
            AskedBeyondEnd = false;
        }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _bytes.WrittenCount - _position);
            AskedBeyondEnd |= count == 0 && !buffer.IsEmpty;
            _bytes.WrittenSpan.Slice(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }
}
