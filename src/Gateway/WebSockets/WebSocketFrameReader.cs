using System.Buffers.Binary;
using Tda.Gateway.Capture;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// Reads one direction of a WebSocket (RFC 6455, section 5) from pieces that may be cut anywhere, and puts its messages together:
/// fragments, masks, control frames between fragments. Bytes that are no frames are handed over as they are, from the first one on
/// that can't be read, so that nothing is lost.
/// </summary>
/// <code>
/// while (reader.TryRead(ref piece, out var one)) { … }    // for each piece
/// while (reader.TryComplete(out var last)) { … }          // at the connection's end
/// </code>
/// <param name="compressed">Whether messages may be packed, since both sides agreed on permessage-deflate.</param>
/// <param name="limit">The most bytes that are kept of a message; of a longer one the rest is only counted.</param>
/// <param name="budget">Where their memory is drawn from; where it has no more, the message's rest is only counted too.</param>
internal sealed class WebSocketFrameReader(bool compressed, int limit, MemoryBudget? budget = null) : IDisposable
{
    private const int LongestHead = 14;
    private const int LongestControl = 125;
    private const int MaskLength = 4;

    private readonly byte[] _head = new byte[LongestHead];
    private readonly byte[] _control = new byte[LongestControl];
    private HeldBytes _message = new(limit, budget);
    private int _headLength;
    private bool _inPayload;
    private bool _broken;

    // The frame being read.
    private WebSocketKind _kind;
    private bool _isFinal;
    private uint _mask;
    private long _read;
    private long _left;

    // The data message that is being put together, if any.
    private WebSocketKind? _fragmented;
    private bool _packed;
    private long _messageLength;
    private bool _handedOver;

    private bool IsControl => _kind >= WebSocketKind.Close;

    /// <summary>Takes the piece up to the end of the next message and gives that; false when the piece is used up.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> piece, out WebSocketFrames one)
    {
        LetGo();
        while (!piece.IsEmpty || (_broken && _headLength > 0))
        {
            if (_broken && _headLength > 0)
            {
                return GiveHead(out one);
            }

            if (_broken)
            {
                one = new(WebSocketKind.Raw, piece, piece.Length, packed: false, cut: false);
                piece = default;
                return true;
            }

            if (_inPayload)
            {
                TakePayload(ref piece);
            }
            else if (TakeHead(ref piece) && !BeginFrame())
            {
                _broken = true;
                if (TryGive(cut: true, out one))
                {
                    return true;
                }

                continue;
            }

            if (_inPayload && _left == 0 && EndFrame(out one))
            {
                return true;
            }
        }

        one = default;
        return false;
    }

    /// <summary>The connection's end: what has come of a message that will not be whole, and of a frame's head.</summary>
    public bool TryComplete(out WebSocketFrames one)
    {
        LetGo();
        if (TryGive(cut: true, out one))
        {
            return true;
        }

        _broken = true;
        return _headLength > 0 && GiveHead(out one);
    }

    /// <summary>Gives the memory back; nothing can be read afterwards.</summary>
    public void Dispose() => _message.Dispose();

    private static int HeadLength(ReadOnlySpan<byte> head) =>
        head.Length < 2 ? 2 : 2 + ((head[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 }) + ((head[1] & 0x80) != 0 ? MaskLength : 0);

    /// <summary>Takes bytes of the head; true when it is whole.</summary>
    private bool TakeHead(ref ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty && _headLength < HeadLength(_head.AsSpan(0, _headLength)))
        {
            _head[_headLength++] = piece[0];
            piece = piece[1..];
        }

        return _headLength >= 2 && _headLength == HeadLength(_head.AsSpan(0, _headLength));
    }

    /// <summary>Begins the frame whose head has come; false when it is no frame of this protocol.</summary>
    private bool BeginFrame()
    {
        var opcode = _head[0] & 0x0F;
        var packed = (_head[0] & 0x40) != 0;
        _isFinal = (_head[0] & 0x80) != 0;
        _left = (_head[1] & 0x7F) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
            127 => BinaryPrimitives.ReadInt64BigEndian(_head.AsSpan(2)),
            var length => length,
        };
        _mask = (_head[1] & 0x80) != 0 ? BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(_headLength - MaskLength)) : 0;
        _read = 0;
        var fits = opcode switch
        {
            0 => _fragmented is not null && !packed,
            1 or 2 => _fragmented is null && (compressed || !packed),
            8 or 9 or 10 => _isFinal && !packed && _left <= LongestControl,
            _ => false,
        };
        if (!fits || _left < 0 || (_head[0] & 0x30) != 0)
        {
            return false;
        }

        _kind = opcode == 0 ? _fragmented!.Value : (WebSocketKind)opcode;
        if (opcode is 1 or 2)
        {
            (_fragmented, _packed, _messageLength) = (_kind, packed, 0);
        }

        _headLength = 0;
        _inPayload = true;
        return true;
    }

    private void TakePayload(ref ReadOnlySpan<byte> piece)
    {
        var part = piece[..(int)Math.Min(_left, piece.Length)];
        piece = piece[part.Length..];
        if (IsControl)
        {
            Unmask(part, _control.AsSpan((int)_read));
        }
        else
        {
            var count = _message.Append(part);
            var kept = _message.Bytes.Span[^count..];
            Unmask(kept, kept);
            _messageLength += part.Length;
        }

        _read += part.Length;
        _left -= part.Length;
    }

    /// <summary>Ends the frame; true when a message ends with it.</summary>
    private bool EndFrame(out WebSocketFrames one)
    {
        _inPayload = false;
        if (IsControl)
        {
            one = new(_kind, _control.AsSpan(0, (int)_read), _read, packed: false, cut: false);
            return true;
        }

        if (!_isFinal)
        {
            one = default;
            return false;
        }

        return TryGive(cut: false, out one);
    }

    /// <summary>Hands over the data message as far as it has come, if there is one.</summary>
    private bool TryGive(bool cut, out WebSocketFrames one)
    {
        if (_fragmented is not { } kind)
        {
            one = default;
            return false;
        }

        one = new(kind, _message.Bytes.Span, _messageLength, _packed, cut || _messageLength > _message.Length);
        _fragmented = null;
        _handedOver = true;
        return true;
    }

    /// <summary>Hands over the head that was no frame's.</summary>
    private bool GiveHead(out WebSocketFrames one)
    {
        one = new(WebSocketKind.Raw, _head.AsSpan(0, _headLength), _headLength, packed: false, cut: false);
        _headLength = 0;
        return true;
    }

    /// <summary>Frees the message that the last call handed over.</summary>
    private void LetGo()
    {
        if (_handedOver)
        {
            _handedOver = false;
            _message.Dispose();
            _message = new(limit, budget);
        }
    }

    private void Unmask(ReadOnlySpan<byte> payload, Span<byte> plain)
    {
        if (_mask == 0)
        {
            payload.CopyTo(plain);
            return;
        }

        for (var i = 0; i < payload.Length; i++)
        {
            plain[i] = (byte)(payload[i] ^ (_mask >> (8 * (int)((_read + i) & 3))));
        }
    }
}

/// <summary>What a WebSocket carries; the numbers are RFC 6455's opcodes.</summary>
internal enum WebSocketKind
{
    /// <summary>A message of text.</summary>
    Text = 1,

    /// <summary>A message of bytes.</summary>
    Binary = 2,

    /// <summary>The end, with a code and a reason.</summary>
    Close = 8,

    /// <summary>A question whether the other side is there.</summary>
    Ping = 9,

    /// <summary>The answer to it.</summary>
    Pong = 10,

    /// <summary>Bytes that are no frames.</summary>
    Raw = 16,
}

/// <summary>A message as its frames carried it; valid until the reader's next call.</summary>
/// <param name="kind">What it is.</param>
/// <param name="payload">Its unmasked bytes, or the first of them.</param>
/// <param name="length">How many bytes came.</param>
/// <param name="packed">Whether permessage-deflate packed them.</param>
/// <param name="cut">Whether they are not all: the message is longer than the limit, or the connection ended inside it.</param>
internal readonly ref struct WebSocketFrames(WebSocketKind kind, ReadOnlySpan<byte> payload, long length, bool packed, bool cut)
{
    public WebSocketKind Kind { get; } = kind;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    public long Length { get; } = length;

    public bool Packed { get; } = packed;

    public bool Cut { get; } = cut;
}
