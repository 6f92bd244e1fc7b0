namespace Tda.Gateway.Redaction.Views;

/// <summary>Masks what repeats a masked token: the token itself, its bytes as numbers, and the alternatives to it.</summary>
internal static class TokenMask
{
    /// <summary>Masks in the object around each token that overlaps a masked range.</summary>
    public static void Apply(Span<byte> body, List<TokenPlace> tokens, List<(int Start, int End, string? Name)> sorted)
    {
        var last = -1;
        foreach (var token in tokens)
        {
            // Once for all tokens of an object, or a hostile one would be read again for each.
            if (token.ObjectStart != last && Overlaps(sorted, token.Start, token.End))
            {
                Mask(body[..token.ObjectEnd], token);
                last = token.ObjectStart;
            }
        }
    }

    private static bool Overlaps(List<(int Start, int End, string? Name)> sorted, int start, int end)
    {
        int low = 0, high = sorted.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle].End <= start ? (middle + 1, high) : (low, middle);
        }

        return low < sorted.Count && sorted[low].Start < end;
    }

    private static void Mask(Span<byte> body, TokenPlace token)
    {
        ulong name = 0;
        var inAlternatives = false;
        for (var at = token.ObjectStart; at < body.Length; at++)
        {
            if (body[at] == '"')
            {
                var end = Math.Min(body.Length, JsonPieces.EndOfString(body, at + 1));
                var isName = IsName(body, end + 1);
                if (token.Listed ? isName && inAlternatives : !isName && name == JsonNames.Token)
                {
                    body[(at + 1)..end].Fill((byte)'*');
                }

                name = isName ? JsonNames.Hash(body[(at + 1)..end]) : 0;
                inAlternatives = isName && name == JsonNames.Alternatives || (inAlternatives && !(isName && IsOwnName(name)));
                at = end;
            }
            else if (!token.Listed && name == JsonNames.ByteValues && (uint)(body[at] - '0') < 10)
            {
                at = MaskNumber(body, at);
            }
        }
    }

    // The lists beside top_logprobs end it, whatever the order.
    private static bool IsOwnName(ulong name) =>
        name == JsonNames.Tokens || name == JsonNames.Hash("token_logprobs"u8) || name == JsonNames.Hash("text_offset"u8);

    private static bool IsName(ReadOnlySpan<byte> body, int after)
    {
        while (after < body.Length && body[after] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            after++;
        }

        return after < body.Length && body[after] == ':';
    }

    /// <summary>Puts '*' (42) or another number of as many digits in a byte's place, and returns its last position.</summary>
    private static int MaskNumber(Span<byte> body, int at)
    {
        var end = at;
        while (end < body.Length && (uint)(body[end] - '0') < 10)
        {
            end++;
        }

        var mask = (end - at) switch { 1 => "9"u8, 2 => "42"u8, 3 => "142"u8, _ => default };
        if (mask.IsEmpty)
        {
            body[at..end].Fill((byte)'1');
        }
        else
        {
            mask.CopyTo(body[at..]);
        }

        return end - 1;
    }
}

/// <summary>Where a token of a list of log-probabilities stands, and what repeats it: its bytes and its alternatives.</summary>
/// <param name="Start">The token's first byte in the body.</param>
/// <param name="End">The byte after its last.</param>
/// <param name="ObjectStart">The first byte of the object around it.</param>
/// <param name="ObjectEnd">The byte after that object.</param>
/// <param name="Listed">Whether it stands in a <c>tokens</c> array, whose alternatives are named by property names.</param>
internal readonly record struct TokenPlace(int Start, int End, int ObjectStart, int ObjectEnd, bool Listed);
