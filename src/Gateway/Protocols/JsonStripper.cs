using System.Buffers;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Passes JSON on byte by byte, in pieces cut anywhere, and replaces the values at the log-probabilities' places; every other
/// byte stays. It holds nothing back and needs no whole document, and on bytes that are no JSON it only passes things on.
/// </summary>
internal sealed class JsonStripper(AnswerPlace root)
{
    // The places lie less deep; below, nothing has to be told apart.
    private const int MaxTracked = 16;
    private const int LongestName = 24;

    private static readonly SearchValues<byte> Structural = SearchValues.Create("\"{}[]"u8);

    private readonly (bool IsArray, AnswerPlace? Place)[] _open = new (bool, AnswerPlace?)[MaxTracked];
    private readonly byte[] _name = new byte[LongestName];
    private int _nameLength;
    private int _depth;
    private AnswerPlace? _member;
    private int _dropDepth;
    private Drop _drop;
    private bool _inString;
    private bool _escaped;
    private bool _isName;
    private bool _expectsName;
    private bool _inScalar;

    private enum Drop
    {
        Nothing,
        Container,
        Scalar,
    }

    private bool InObject => _depth is > 0 and <= MaxTracked && !_open[_depth - 1].IsArray;

    /// <summary>Forgets everything: the next byte begins a document.</summary>
    public void Reset()
    {
        _depth = 0;
        _member = null;
        _drop = Drop.Nothing;
        _inString = _escaped = _isName = _expectsName = _inScalar = false;
    }

    /// <summary>Takes a piece and writes what the client gets of it.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> client)
    {
        var from = 0;
        var at = 0;
        while (at < piece.Length)
        {
            if (_inString)
            {
                at = PassString(piece, at);
                continue;
            }

            if (_drop == Drop.Container)
            {
                // Of what is dropped only the depth matters.
                var structural = piece[at..].IndexOfAny(Structural);
                if (structural != 0)
                {
                    at = structural < 0 ? piece.Length : at + structural;
                    continue;
                }
            }

            var value = piece[at];
            if (_drop == Drop.Scalar && EndsScalar(value))
            {
                _drop = Drop.Nothing;
                from = at;
            }

            if (BeginsValue(value) && Replacement(value) is { } replacement)
            {
                client.Write(piece[from..at]);
                client.Write(replacement);
                _drop = value is (byte)'{' or (byte)'[' ? Drop.Container : Drop.Scalar;
                _dropDepth = _depth;
            }

            Take(value);
            at++;
            if (_drop == Drop.Container && _depth == _dropDepth)
            {
                _drop = Drop.Nothing;
                from = at;
            }
        }

        if (_drop == Drop.Nothing)
        {
            client.Write(piece[from..]);
        }
    }

    private bool BeginsValue(byte value) => value switch
    {
        (byte)'{' or (byte)'[' => true,
        (byte)'"' => false,
        _ => !_inScalar && !EndsScalar(value),
    };

    private static bool EndsScalar(byte value) =>
        value is (byte)',' or (byte)':' or (byte)'}' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private byte[]? Replacement(byte first) => _drop == Drop.Nothing ? ValuePlace()?.Replacement(first) : null;

    /// <summary>The place of the value that begins now.</summary>
    private AnswerPlace? ValuePlace() =>
        _depth == 0 ? root
        : _depth > MaxTracked ? null
        : _open[_depth - 1].IsArray ? _open[_depth - 1].Place?.Member("*"u8) : _member;

    private void Take(byte value)
    {
        switch (value)
        {
            case (byte)'"':
                _inString = true;
                _isName = _expectsName && InObject;
                _nameLength = 0;
                _inScalar = false;
                break;
            case (byte)'{' or (byte)'[':
                Push(value == '[');
                break;
            case (byte)'}' or (byte)']':
                _depth = Math.Max(0, _depth - 1);
                _inScalar = _expectsName = false;
                break;
            case (byte)',':
                _expectsName = InObject;
                _member = null;
                _inScalar = false;
                break;
            case (byte)':':
                // A name is never an array's place.
                var name = _name.AsSpan(0, Math.Min(_nameLength, LongestName));
                _member = _expectsName && InObject && _nameLength <= LongestName && !name.SequenceEqual("*"u8)
                    ? _open[_depth - 1].Place?.Member(name)
                    : null;
                _expectsName = _inScalar = false;
                break;
            case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                _inScalar = false;
                break;
            default:
                _inScalar = true;
                break;
        }
    }

    private void Push(bool isArray)
    {
        if (_depth < MaxTracked)
        {
            _open[_depth] = (isArray, ValuePlace());
        }

        _depth++;
        _expectsName = !isArray;
        _member = null;
        _inScalar = false;
    }

    /// <summary>Goes on inside a string; returns where it ends, or the piece's end.</summary>
    private int PassString(ReadOnlySpan<byte> piece, int at)
    {
        if (_escaped)
        {
            _escaped = false;
            return at + 1;
        }

        var rest = piece[at..];
        var end = rest.IndexOfAny((byte)'"', (byte)'\\');
        var text = end < 0 ? rest : rest[..end];
        if (_isName)
        {
            TakeName(text, whole: end < 0 || rest[end] == '"');
        }

        if (end < 0)
        {
            return piece.Length;
        }

        _escaped = rest[end] == '\\';
        _inString = _escaped;
        return at + end + 1;
    }

    /// <summary>Keeps a name's bytes; one that is too long or escaped is none of ours.</summary>
    private void TakeName(ReadOnlySpan<byte> text, bool whole)
    {
        if (!whole || _nameLength + text.Length > LongestName)
        {
            _nameLength = LongestName + 1;
            return;
        }

        text.CopyTo(_name.AsSpan(_nameLength));
        _nameLength += text.Length;
    }
}

/// <summary>
/// A place in an answer's JSON, in the tree of those that lead to log-probabilities: its members (<c>*</c>: any item of an array), and
/// what stands there in an answer to a client that did not ask.
/// </summary>
internal sealed class AnswerPlace
{
    // Chats and completions: null in the choices, plain or streamed.
    private static readonly AnswerPlace Choices = new AnswerPlace().Add("choices.*.logprobs", "null", "{[");

    // Responses: an empty array in the text's parts and pieces, and no alternatives asked for.
    private static readonly AnswerPlace Responses = new AnswerPlace()
        .Add("output.*.content.*.logprobs", "[]", "[")
        .Add("top_logprobs", "0", "123456789")
        .Add("response.output.*.content.*.logprobs", "[]", "[")
        .Add("response.top_logprobs", "0", "123456789")
        .Add("item.content.*.logprobs", "[]", "[")
        .Add("part.logprobs", "[]", "[")
        .Add("logprobs", "[]", "[");

    private readonly List<(byte[] Name, AnswerPlace Place)> _members = [];
    private byte[] _replacement = [];
    private string _kinds = "";

    /// <summary>The root of a route's answers.</summary>
    public static AnswerPlace RootOf(string route) => route == Routes.Responses ? Responses : Choices;

    /// <summary>The place of a member; null where nothing is to be found below it.</summary>
    public AnswerPlace? Member(ReadOnlySpan<byte> name)
    {
        foreach (var (its, place) in _members)
        {
            if (name.SequenceEqual(its))
            {
                return place;
            }
        }

        return null;
    }

    /// <summary>What replaces the value here that begins with this byte; null when it stays.</summary>
    public byte[]? Replacement(byte first) => _kinds.Contains((char)first, StringComparison.Ordinal) ? _replacement : null;

    private AnswerPlace Add(string path, string replacement, string kinds)
    {
        var place = this;
        foreach (var name in path.Split('.').Select(Encoding.ASCII.GetBytes))
        {
            var next = place.Member(name);
            if (next is null)
            {
                place._members.Add((name, next = new()));
            }

            place = next;
        }

        (place._replacement, place._kinds) = (Encoding.ASCII.GetBytes(replacement), kinds);
        return this;
    }
}
