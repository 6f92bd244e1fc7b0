using Tda.Gateway.Proxy;

namespace Tda.Gateway.Logprobs;

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
