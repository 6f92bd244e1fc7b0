using System.Buffers.Binary;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Spool;

/// <summary>
/// Puts the exchanges together that were under way when their gateway died, from what it had spooled of them. Only places in the spool are
/// kept: the bodies of all exchanges that were ever under way may be more than there is memory for.
/// </summary>
internal sealed class PartialExchanges
{
    private const int PieceHead = 16 + sizeof(long);

    // By id, in the order in which they were opened.
    private readonly OrderedDictionary<string, Partial> _open = [];

    /// <summary>The head of a piece's payload: the exchange's id and the piece's place in its body.</summary>
    public static byte[] PieceHeader(string id, long offset)
    {
        var head = new byte[PieceHead];
        Guid.Parse(id).TryWriteBytes(head);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), offset);
        return head;
    }

    /// <summary>Takes the payload of an <see cref="FrameType.Open"/> frame; a second one of the same exchange knows more and replaces it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public void Open(ReadOnlySpan<byte> payload, SpoolPosition place)
    {
        var exchange = ExchangePayload.ReadEnvelope(payload);
        _open[exchange.Id] = new(place, new(exchange.RequestBody.KeptBytes), new(exchange.ResponseBody.KeptBytes));
    }

    /// <summary>
    /// Takes the payload of a <see cref="FrameType.Piece"/> or <see cref="FrameType.RequestPiece"/> frame. One that begins inside what is there
    /// knows more, and replaces it from its place on.
    /// </summary>
    /// <exception cref="InvalidDataException">It is too short to be one.</exception>
    public void Add(ReadOnlySpan<byte> payload, SpoolPosition place, bool ofRequest)
    {
        if (payload.Length < PieceHead)
        {
            throw new InvalidDataException("the piece ends early");
        }

        var id = new Guid(payload[..16]).ToString();
        var offset = BinaryPrimitives.ReadInt64LittleEndian(payload[16..]);

        // A piece after a gap would put words together that never stood so.
        if (_open.TryGetValue(id, out var open) && (ofRequest ? open.Request : open.Response) is var body && offset >= 0 && offset <= body.Length)
        {
            body.Add(place, offset, payload.Length - PieceHead);
        }
    }

    /// <summary>The exchange was settled after all.</summary>
    public void Settle(string id) => _open.Remove(id);

    /// <summary>What is left: each as one exchange of state <c>gateway_abort</c>, with the next places in the session's record.</summary>
    /// <param name="head">How far the record had come.</param>
    /// <param name="read">Reads the payload of a frame at a place.</param>
    public IEnumerable<SpooledExchange> Finish(SpoolHead head, Func<SpoolPosition, ReadOnlyMemory<byte>> read)
    {
        var sequence = head.Sequence;
        var link = head.Link;
        foreach (var open in _open.Values)
        {
            var (exchange, _) = ExchangePayload.Read(read(open.Place).Span);
            var whole = exchange with
            {
                Sequence = ++sequence,
                RequestBody = open.Request.Whole(exchange.RequestBody, read),
                ResponseBody = open.Response.Whole(exchange.ResponseBody, read),
            };
            link = ExchangeChain.Next(link ?? ExchangeChain.Start(exchange.SessionId!), ExchangeEnvelope.Digest(whole));
            yield return new(whole with { Chain = Convert.ToHexStringLower(link) }, new ArrivalTimes());
        }
    }

    /// <summary>Where an exchange's frames stand.</summary>
    private sealed record Partial(SpoolPosition Place, Body Request, Body Response);

    /// <summary>How long a body had become, and where its pieces stand.</summary>
    private sealed class Body(long length)
    {
        // In the order of their offsets: those that a later one replaced as a whole are gone.
        private readonly List<(SpoolPosition Place, long Offset)> _pieces = [];

        public long Length { get; private set; } = length;

        public void Add(SpoolPosition place, long offset, int length)
        {
            while (_pieces is [.., var last] && last.Offset >= offset)
            {
                _pieces.RemoveAt(_pieces.Count - 1);
            }

            _pieces.Add((place, offset));
            Length = offset + length;
        }

        public RecordedBody Whole(RecordedBody opened, Func<SpoolPosition, ReadOnlyMemory<byte>> read)
        {
            var bytes = opened.Bytes;
            Array.Resize(ref bytes, checked((int)Length));
            foreach (var (place, offset) in _pieces)
            {
                // Its end may be longer than what replaced it.
                var piece = read(place).Span[PieceHead..];
                piece[..(int)Math.Min(piece.Length, Length - offset)].CopyTo(bytes.AsSpan((int)offset));
            }

            return RecordedBody.Of(bytes) with { Redactions = opened.Redactions, Unpacked = opened.Unpacked };
        }
    }
}
