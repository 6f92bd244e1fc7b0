using System.Buffers.Binary;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Spool;

/// <summary>Puts the exchanges together that were under way when their gateway died, from what it had spooled of them.</summary>
internal sealed class PartialExchanges
{
    private const int PieceHead = 16 + sizeof(long);

    // By id, in the order in which they were opened.
    private readonly OrderedDictionary<string, (Exchange Exchange, MemoryStream Response)> _open = [];

    /// <summary>The head of a piece's payload: the exchange's id and the piece's place in the response.</summary>
    public static byte[] PieceHeader(string id, long offset)
    {
        var head = new byte[PieceHead];
        Guid.Parse(id).TryWriteBytes(head);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), offset);
        return head;
    }

    /// <summary>Takes the payload of an <see cref="FrameType.Open"/> frame; a second one of the same exchange knows more and replaces it.</summary>
    public void Open(ReadOnlySpan<byte> payload)
    {
        var (exchange, _) = ExchangePayload.Read(payload);
        var response = new MemoryStream();
        response.Write(exchange.ResponseBody.Bytes);
        _open[exchange.Id] = (exchange, response);
    }

    /// <summary>Takes the payload of a <see cref="FrameType.Piece"/> frame.</summary>
    /// <exception cref="InvalidDataException">It is too short to be one.</exception>
    public void Add(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < PieceHead)
        {
            throw new InvalidDataException("the piece ends early");
        }

        var id = new Guid(payload[..16]).ToString();
        var offset = BinaryPrimitives.ReadInt64LittleEndian(payload[16..]);

        // A piece after a gap would put words together that never stood so.
        if (_open.TryGetValue(id, out var open) && offset == open.Response.Length)
        {
            open.Response.Write(payload[PieceHead..]);
        }
    }

    /// <summary>The exchange was settled after all.</summary>
    public void Settle(string id) => _open.Remove(id);

    /// <summary>What is left: each as one exchange of state <c>gateway_abort</c>, with the next places in the session's record.</summary>
    /// <param name="head">How far the record had come.</param>
    public IEnumerable<SpooledExchange> Finish(SpoolHead head)
    {
        var sequence = head.Sequence;
        var link = head.Link;
        foreach (var (exchange, response) in _open.Values)
        {
            var body = RecordedBody.Of(response.ToArray());
            var whole = exchange with { Sequence = ++sequence, ResponseBody = body with { Redactions = exchange.ResponseBody.Redactions } };
            link = ExchangeChain.Next(link ?? ExchangeChain.Start(exchange.SessionId!), ExchangeEnvelope.Digest(whole));
            yield return new(whole with { Chain = Convert.ToHexStringLower(link) }, new ArrivalTimes());
        }
    }
}
