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

    /// <summary>The head of a piece's payload: the exchange's id and the piece's place in the response.</summary>
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
        _open[exchange.Id] = new(place) { Length = exchange.ResponseBody.KeptBytes };
    }

    /// <summary>Takes the payload of a <see cref="FrameType.Piece"/> frame.</summary>
    /// <exception cref="InvalidDataException">It is too short to be one.</exception>
    public void Add(ReadOnlySpan<byte> payload, SpoolPosition place)
    {
        if (payload.Length < PieceHead)
        {
            throw new InvalidDataException("the piece ends early");
        }

        var id = new Guid(payload[..16]).ToString();
        var offset = BinaryPrimitives.ReadInt64LittleEndian(payload[16..]);

        // A piece after a gap would put words together that never stood so.
        if (_open.TryGetValue(id, out var open) && offset == open.Length)
        {
            open.Pieces.Add(place);
            open.Length += payload.Length - PieceHead;
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
            var response = exchange.ResponseBody.Bytes;
            var length = response.Length;
            Array.Resize(ref response, checked((int)open.Length));
            foreach (var place in open.Pieces)
            {
                var piece = read(place).Span[PieceHead..];
                piece.CopyTo(response.AsSpan(length));
                length += piece.Length;
            }

            var body = RecordedBody.Of(response);
            var whole = exchange with { Sequence = ++sequence, ResponseBody = body with { Redactions = exchange.ResponseBody.Redactions } };
            link = ExchangeChain.Next(link ?? ExchangeChain.Start(exchange.SessionId!), ExchangeEnvelope.Digest(whole));
            yield return new(whole with { Chain = Convert.ToHexStringLower(link) }, new ArrivalTimes());
        }
    }

    /// <summary>Where an exchange's frames stand, and how long its response had become.</summary>
    private sealed class Partial(SpoolPosition place)
    {
        public SpoolPosition Place => place;

        public List<SpoolPosition> Pieces { get; } = [];

        public long Length { get; set; }
    }
}
