using System.Buffers;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Takes log-probabilities that the client did not ask for out of its answer, plain JSON or server-sent events, in pieces cut
/// anywhere: each piece's bytes go on at once, but for the values that are replaced.
/// </summary>
/// <param name="route">The answer's route.</param>
/// <param name="eventStream">Whether the answer comes as server-sent events.</param>
internal sealed class LogprobStripper(string route, bool eventStream)
{
    private readonly JsonStripper _json = new(AnswerPlace.RootOf(route));
    private Place _place = Place.LineStart;
    private int _matched;

    private enum Place
    {
        LineStart,
        AfterCarriageReturn,
        FieldName,
        Data,
        OtherLine,
    }

    /// <summary>Takes a piece and writes what the client gets of it.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> client)
    {
        if (!eventStream)
        {
            _json.Write(piece, client);
            return;
        }

        while (!piece.IsEmpty)
        {
            var taken = Take(piece, client);
            piece = piece[taken..];
        }
    }

    /// <summary>Takes what belongs together, and returns how many bytes that is.</summary>
    private int Take(ReadOnlySpan<byte> piece, IBufferWriter<byte> client)
    {
        if (_place is Place.LineStart or Place.AfterCarriageReturn)
        {
            var second = _place == Place.AfterCarriageReturn && piece[0] == '\n';
            _place = second || piece[0] == '\n' ? Place.LineStart : piece[0] == '\r' ? Place.AfterCarriageReturn : Place.FieldName;
            if (_place == Place.FieldName)
            {
                _matched = 0;
                return 0;
            }

            // A blank line ends the event, and its JSON; the second half of a line end does not.
            if (!second)
            {
                _json.Reset();
            }

            client.Write(piece[..1]);
            return 1;
        }

        if (_place == Place.FieldName)
        {
            return TakeFieldName(piece, client);
        }

        var end = piece.IndexOfAny((byte)'\r', (byte)'\n');
        var line = end < 0 ? piece : piece[..end];
        if (_place == Place.Data)
        {
            _json.Write(line, client);
        }
        else
        {
            client.Write(line);
        }

        if (end < 0)
        {
            return piece.Length;
        }

        client.Write(piece.Slice(end, 1));
        _place = piece[end] == '\r' ? Place.AfterCarriageReturn : Place.LineStart;
        return end + 1;
    }

    private int TakeFieldName(ReadOnlySpan<byte> piece, IBufferWriter<byte> client)
    {
        var count = 0;
        while (count < piece.Length && _matched < ServerSentEvents.DataField.Length && piece[count] == ServerSentEvents.DataField[_matched])
        {
            count++;
            _matched++;
        }

        client.Write(piece[..count]);
        if (count < piece.Length || _matched == ServerSentEvents.DataField.Length)
        {
            _place = _matched == ServerSentEvents.DataField.Length ? Place.Data : Place.OtherLine;
        }

        return count;
    }
}
