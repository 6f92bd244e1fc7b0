using System.Buffers;
using Tda.Core.Text;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Takes log-probabilities that the client did not ask for out of its answer, plain JSON or server-sent events, in pieces cut
/// anywhere: each piece's bytes go on at once, but for the values that are replaced.
/// </summary>
/// <param name="route">The answer's route.</param>
/// <param name="eventStream">Whether the answer comes as server-sent events.</param>
internal sealed class LogprobStripper(string route, bool eventStream)
{
    private readonly JsonStripper _json = new(AnswerPaths.Of(route));
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

/// <summary>
/// The places of log-probabilities in an answer's JSON, as a tree of member names (<c>*</c>: any item of an array), and what stands
/// there in an answer to a client that did not ask.
/// </summary>
internal sealed class AnswerPaths
{
    /// <summary>The root's node.</summary>
    public const int Root = 0;

    /// <summary>A node below which there is nothing to find.</summary>
    public const int None = -1;

    private readonly List<(int Parent, byte[] Name, byte[]? Replacement, string Kinds)> _nodes = [(None, [], null, "")];

    private AnswerPaths()
    {
    }

    /// <summary>Chats and completions: <c>null</c> in the choices, plain or streamed.</summary>
    private static AnswerPaths Choices { get; } = new AnswerPaths().Add("choices.*.logprobs", "null", "{[");

    /// <summary>Responses: an empty array in the text's parts and pieces, and no alternatives asked for.</summary>
    private static AnswerPaths Responses { get; } = new AnswerPaths()
        .Add("output.*.content.*.logprobs", "[]", "[")
        .Add("top_logprobs", "0", "123456789")
        .Add("response.output.*.content.*.logprobs", "[]", "[")
        .Add("response.top_logprobs", "0", "123456789")
        .Add("item.content.*.logprobs", "[]", "[")
        .Add("part.logprobs", "[]", "[")
        .Add("logprobs", "[]", "[");

    /// <summary>The paths of a route's answers.</summary>
    public static AnswerPaths Of(string route) => route == Routes.Responses ? Responses : Choices;

    /// <summary>The node of an object's member.</summary>
    public int Member(int node, ReadOnlySpan<byte> name)
    {
        for (var i = 1; node != None && i < _nodes.Count; i++)
        {
            if (_nodes[i].Parent == node && name.SequenceEqual(_nodes[i].Name))
            {
                return i;
            }
        }

        return None;
    }

    /// <summary>The node of an array's items.</summary>
    public int Item(int node) => Member(node, "*"u8);

    /// <summary>What replaces a node's value that begins with this byte; null when it stays.</summary>
    public byte[]? Replacement(int node, byte first) =>
        node != None && _nodes[node].Kinds.Contains((char)first, StringComparison.Ordinal) ? _nodes[node].Replacement : null;

    private AnswerPaths Add(string path, string replacement, string kinds)
    {
        var node = Root;
        foreach (var name in path.Split('.'))
        {
            var bytes = System.Text.Encoding.ASCII.GetBytes(name);
            var next = Member(node, bytes);
            if (next == None)
            {
                next = _nodes.Count;
                _nodes.Add((node, bytes, null, ""));
            }

            node = next;
        }

        _nodes[node] = _nodes[node] with { Replacement = System.Text.Encoding.ASCII.GetBytes(replacement), Kinds = kinds };
        return this;
    }
}
