using System.Runtime.InteropServices;
using Tda.Gateway.Protocols.Bedrock;

namespace Tda.Gateway.Redaction.Views;

/// <summary>The texts that the pieces of a stream (or the tokens of a list) make up.</summary>
internal sealed class StreamTexts
{
    // More texts than any stream has; in a hostile one the last takes the rest.
    private const int MaxTexts = 64;
    private const ulong Plain = 1;
    private const ulong Part = 2;

    // Between two parts' texts stand a type, and now and then an annotation.
    private const int FarthestPart = 160;

    private readonly JsonPieces _json = new();
    private readonly List<ulong> _keys = [];
    private readonly List<TextView> _views = [];
    private (int Start, int End, JsonPieces.TextPiece Piece)? _last;

    /// <summary>How many texts there are.</summary>
    public int Count => _keys.Count;

    /// <summary>The tokens, in the order of the body's objects.</summary>
    public List<TokenPlace> Tokens { get; } = [];

    /// <summary>A text.</summary>
    public TextView this[int index] => _views[index];

    public void Clear()
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            _views[i].Reset(null);
        }

        _keys.Clear();
        Tokens.Clear();
        _last = null;
    }

    /// <summary>Adds the tokens of a plain JSON body.</summary>
    public void AddTokens(ReadOnlySpan<byte> body)
    {
        _json.Read(body, 0, tokensOnly: true, Tokens);
        Append(body);
    }

    /// <summary>Adds the texts of a body of server-sent events.</summary>
    public void AddEvents(ReadOnlySpan<byte> body)
    {
        for (var at = 0; ServerSentEvents.NextData(body, ref at, out var data);)
        {
            AddEvent(body[..data.End.Value], data.Start.Value);
        }
    }

    /// <summary>Adds the texts of a body whose lines are events.</summary>
    public void AddLines(ReadOnlySpan<byte> body)
    {
        for (var at = 0; at < body.Length;)
        {
            var length = body[at..].IndexOf((byte)'\n');
            var end = length < 0 ? body.Length : at + length;
            AddEvent(body[..end], at);
            at = end + 1;
        }
    }

    /// <summary>Adds the texts of a JSON array whose items are a stream's: Google's, where no events were asked for.</summary>
    public void AddItems(ReadOnlySpan<byte> body)
    {
        _json.Read(body, 0, tokensOnly: false, Tokens);
        Append(body);
    }

    /// <summary>Adds the texts of a body in Amazon's encoding of events.</summary>
    public void AddMessages(ReadOnlySpan<byte> body)
    {
        var stream = new EventStream(body);
        try
        {
            while (stream.TryRead(check: false, out var message))
            {
                AddEvent(body[..(message.PayloadOffset + message.Payload.Length)], message.PayloadOffset);
            }
        }
        catch (FormatException)
        {
            // No such stream from here on: it is searched as it stands.
        }
    }

    /// <summary>
    /// Adds the texts of content parts that follow each other directly: <c>[{"type":"text","text":"…"},{"type":"text","text":"…"}]</c>. Of
    /// each only what is near a joint: the rest is searched as it stands.
    /// </summary>
    public void AddParts(ReadOnlySpan<byte> body)
    {
        const int reach = 1024;
        var lastEnd = -1;
        TextView? view = null;
        var lastStart = 0;
        for (var at = 0; at < body.Length;)
        {
            var name = body[at..].IndexOf("\"text\""u8);
            if (name < 0)
            {
                return;
            }

            var nameStart = at + name;
            at = nameStart + 6;
            var value = at;
            if (!JsonPieces.IsName(body, ref value) || body[(value + 1)..].TrimStart(" \n\r\t"u8) is not [(byte)'"', ..] quoted)
            {
                continue;
            }

            var start = body.Length - quoted.Length + 1;
            var end = JsonPieces.EndOfString(body, start);
            if (lastEnd >= 0 && nameStart - lastEnd <= FarthestPart && body[lastEnd..nameStart].IndexOf((byte)']') < 0)
            {
                if (view is null)
                {
                    view = Text(Part + (ulong)_keys.Count);
                    Escapes.Decode(body, Math.Max(lastStart, lastEnd - reach), lastEnd, view);
                }

                Escapes.Decode(body, start, Math.Min(end, start + reach), view);
                if (end > start + reach)
                {
                    view = null;
                }
            }
            else
            {
                view = null;
            }

            (lastStart, lastEnd, at) = (start, Math.Min(end, body.Length), Math.Min(body.Length, end + 1));
        }
    }

    private void AddEvent(ReadOnlySpan<byte> body, int start)
    {
        if (start >= body.Length || IsLikeLast(body, start))
        {
            return;
        }

        if (body[start] is not ((byte)'{' or (byte)'['))
        {
            Text(Plain).Append(body[start..], start);
            return;
        }

        var tokens = Tokens.Count;
        _json.Read(body, start, tokensOnly: false, Tokens);
        Append(body);
        _last = _json.Pieces.Length == 1 && Tokens.Count == tokens ? (start, body.Length, _json.Pieces[0]) : null;
    }

    /// <summary>Most events differ from the one before in one string only: then its place is known without reading the event.</summary>
    private bool IsLikeLast(ReadOnlySpan<byte> body, int start)
    {
        if (_last is not var (lastStart, lastEnd, piece))
        {
            return false;
        }

        var head = piece.Start - lastStart;
        var tail = lastEnd - piece.End;
        if (body.Length - start < head + tail || !body.Slice(start, head).SequenceEqual(body.Slice(lastStart, head)))
        {
            return false;
        }

        var valueStart = start + head;
        var valueEnd = JsonPieces.EndOfString(body, valueStart);
        if (body.Length - valueEnd != tail || !body[valueEnd..].SequenceEqual(body[piece.End..lastEnd]))
        {
            return false;
        }

        Escapes.Decode(body, valueStart, valueEnd, Text(piece.Key));
        return true;
    }

    private void Append(ReadOnlySpan<byte> body)
    {
        foreach (var piece in _json.Pieces)
        {
            Escapes.Decode(body, piece.Start, piece.End, Text(piece.Key));
        }
    }

    private TextView Text(ulong key)
    {
        var index = CollectionsMarshal.AsSpan(_keys).IndexOf(key);
        if (index < 0)
        {
            if (_keys.Count == MaxTexts)
            {
                return _views[MaxTexts - 1];
            }

            index = _keys.Count;
            _keys.Add(key);
            if (_views.Count == index)
            {
                _views.Add(new());
            }
        }

        return _views[index];
    }
}
