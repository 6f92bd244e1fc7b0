using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Tda.Gateway.Redaction.Views;

/// <summary>
/// Finds in a JSON text the strings that are pieces of longer texts, each with a key that is the same for all pieces of
/// one text: the path to it, and the indices (choice, content block, tool call) around it, wherever in the object those
/// stand. Reads anything without failing: of what is no JSON it finds little.
/// </summary>
internal sealed class JsonPieces
{
    private const int MaxDepth = 64;
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> StringEnd = SearchValues.Create("\"\\"u8);

    private readonly Frame[] _frames = new Frame[MaxDepth + 1];
    private readonly List<TextPiece> _pieces = [];
    private int _depth;
    private int _skipped;
    private ulong _name;

    /// <summary>The pieces of the last text read.</summary>
    public ReadOnlySpan<TextPiece> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>The position of the quote that ends a string, or the text's length.</summary>
    public static int EndOfString(ReadOnlySpan<byte> text, int start)
    {
        while (start < text.Length)
        {
            var stop = text[start..].IndexOfAny(StringEnd);
            if (stop < 0)
            {
                return text.Length;
            }

            start += stop;
            if (text[start] == '"')
            {
                return start;
            }

            start += 2;
        }

        return text.Length;
    }

    /// <summary>Whether a colon follows the string that ended before a place, which moves behind white space.</summary>
    public static bool IsName(ReadOnlySpan<byte> body, ref int after)
    {
        while (after < body.Length && body[after] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            after++;
        }

        return after < body.Length && body[after] == ':';
    }

    /// <summary>Reads one text, which ends with the span; positions are those of the span.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="start">Where the text starts in them.</param>
    /// <param name="tokensOnly">Whether only the tokens of log-probabilities are wanted.</param>
    /// <param name="tokens">Takes where tokens stand.</param>
    public void Read(ReadOnlySpan<byte> body, int start, bool tokensOnly, List<TokenPlace> tokens)
    {
        _pieces.Clear();
        _depth = _skipped = 0;
        _name = 0;
        _frames[0] = default;
        for (var at = start; at < body.Length;)
        {
            var next = body[at..].IndexOfAny(Structure);
            if (next < 0)
            {
                break;
            }

            at += next;
            at = body[at] switch
            {
                (byte)'"' => ReadString(body, at, tokensOnly),
                (byte)'{' or (byte)'[' => Open(at),
                _ => Close(at, tokens),
            };
        }

        while (_depth > 0)
        {
            Close(body.Length - 1, tokens);
        }
    }

    private int Open(int at)
    {
        if (_depth == MaxDepth)
        {
            _skipped++;
            return at + 1;
        }

        ref var parent = ref _frames[_depth];
        _frames[++_depth] = new()
        {
            Start = at,
            Name = _name == 0 ? parent.Name : _name,
            Path = _name == 0 ? parent.Path : JsonNames.Mix(parent.Path, _name),
            FirstPiece = _pieces.Count,
        };
        _name = 0;
        return at + 1;
    }

    private int Close(int at, List<TokenPlace> tokens)
    {
        _name = 0;
        if (_skipped > 0)
        {
            _skipped--;
            return at + 1;
        }

        if (_depth == 0)
        {
            return at + 1;
        }

        ref var frame = ref _frames[_depth--];
        for (var i = frame.FirstPiece; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            if (frame.HasIndex)
            {
                _pieces[i] = piece = piece with { Key = JsonNames.Mix(piece.Key, frame.Index) };
            }

            // A token's object is the one right around it; that of a listed one is around the list.
            if (piece.Token && piece.Depth == _depth + (piece.Listed ? 2 : 1))
            {
                tokens.AddCounted(new(piece.Start, piece.End, frame.Start, at + 1, piece.Listed));
            }
        }

        return at + 1;
    }

    private int ReadString(ReadOnlySpan<byte> body, int quote, bool tokensOnly)
    {
        var start = quote + 1;
        var end = EndOfString(body, start);
        var after = end + 1;
        if (IsName(body, ref after))
        {
            ReadName(body, start, end, after + 1);
            return after + 1;
        }

        ref var frame = ref _frames[_depth];
        var name = _name == 0 ? frame.Name : _name;
        var token = name == JsonNames.Token || name == JsonNames.Tokens;
        if (token || (!tokensOnly && JsonNames.IsStreamed(name)))
        {
            // Inside an array the path holds the name already.
            var key = _name == 0 ? frame.Path : JsonNames.Mix(frame.Path, _name);
            _pieces.AddCounted(new(key, start, Math.Min(end, body.Length), _depth, token, name == JsonNames.Tokens));
        }
        else if (_depth == 1 && name == JsonNames.Type)
        {
            // Events of several types may carry a string of one name.
            frame.HasIndex = true;
            frame.Index = JsonNames.Mix(frame.Index, JsonNames.Hash(body[start..Math.Min(end, body.Length)]));
        }

        _name = 0;
        return after;
    }

    private void ReadName(ReadOnlySpan<byte> body, int start, int end, int value)
    {
        var name = body[start..end];
        _name = JsonNames.Hash(name);
        while (value < body.Length && body[value] == ' ')
        {
            value++;
        }

        if (value < body.Length && Bytes.IsDigit(body[value]) && JsonNames.IsIndex(name))
        {
            ulong number = 0;
            for (; value < body.Length && Bytes.IsDigit(body[value]); value++)
            {
                number = (number * 10) + (uint)(body[value] - '0');
            }

            ref var frame = ref _frames[_depth];
            frame.HasIndex = true;
            frame.Index = JsonNames.Mix(frame.Index, JsonNames.Mix(_name, number + 1));
        }
    }

    /// <summary>A string that is a piece of a text.</summary>
    internal readonly record struct TextPiece(ulong Key, int Start, int End, int Depth, bool Token, bool Listed);

    private struct Frame
    {
        public int Start;
        public int FirstPiece;
        public ulong Name;
        public ulong Path;
        public ulong Index;
        public bool HasIndex;
    }
}

/// <summary>The property names that matter to redaction, as hashes: names are compared once for each string of a stream.</summary>
internal static class JsonNames
{
    public static readonly ulong Token = Hash("token"u8);
    public static readonly ulong Tokens = Hash("tokens"u8);
    public static readonly ulong Alternatives = Hash("top_logprobs"u8);
    public static readonly ulong ByteValues = Hash("bytes"u8);
    public static readonly ulong Type = Hash("type"u8);

    // What providers stream a text in, piece by piece: chat, completions, responses, messages.
    private static readonly HashSet<ulong> Streamed = [Token, Tokens, .. new[]
    {
        "content", "text", "arguments", "partial_json", "delta", "thinking", "reasoning", "reasoning_content", "refusal", "input", "output",
        "output_text", "summary", "code", "transcript", "completion", "response", "generated_text", "message", "data", "signature", "query",
    }.Select(name => Hash(System.Text.Encoding.ASCII.GetBytes(name)))];

    /// <summary>Whether strings of this name are pieces of one text, event after event.</summary>
    public static bool IsStreamed(ulong name) => Streamed.Contains(name);

    /// <summary>Whether a number of this name says to which of several texts a piece belongs.</summary>
    public static bool IsIndex(ReadOnlySpan<byte> name) => name.EndsWith("index"u8);

    /// <summary>A hash of a name.</summary>
    public static ulong Hash(ReadOnlySpan<byte> name) => XxHash3.HashToUInt64(name);

    /// <summary>A hash of two.</summary>
    public static ulong Mix(ulong a, ulong b)
    {
        var mixed = (a ^ System.Numerics.BitOperations.RotateLeft(b, 29)) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 32);
    }
}
