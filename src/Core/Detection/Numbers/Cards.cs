namespace Tda.Core.Detection.Numbers;

/// <summary>
/// Payment card numbers: 13 to 19 digits, alone or in groups with single spaces or dashes between them, of an issuer's
/// range (ISO/IEC 7812) and with a right check digit (Luhn). Digits of a decimal fraction or a word are none.
/// </summary>
internal static class Cards
{
    private const int Fewest = 13;
    private const int Most = 19;

    // A number of as many digits that is no card within this tells that its neighbours are ids too.
    private const int Neighbourhood = 64;

    private static readonly string[] CardNames = ["card", "cards", "pan", "cc", "number", "visa", "mastercard", "amex", "credit", "payment"];
    private static readonly string[] IdNames = ["id", "ids", "uid", "uuid", "guid", "time", "timestamp", "ts", "seed", "hash", "offset", "size", "inode", "serial", "nonce"];

    /// <summary>Reports the card whose first group of digits starts here.</summary>
    public static void Find(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        if (!MayStart(text, at))
        {
            return;
        }

        Span<byte> digits = stackalloc byte[Most];
        var (count, grouped) = (0, false);
        for (var i = at; i < text.Length; i++)
        {
            if (!Bytes.IsDigit(text[i]) || count == Most)
            {
                return;
            }

            digits[count++] = text[i];
            var groupEnds = i + 1 == text.Length || !Bytes.IsDigit(text[i + 1]);
            if (groupEnds && count >= Fewest && MayEnd(text, i + 1) && IsCard(digits[..count])
                && (grouped ? !IsRow(text, at, i + 1) : !IsId(text, at, i + 1)))
            {
                found.Add(at, i + 1, SecretKinds.Card);
                return;
            }

            if (groupEnds && i + 1 < text.Length && text[i + 1] is (byte)' ' or (byte)'-')
            {
                // 4-4-4-4 and as it goes on, or 4-6-5 and 4-6-4.
                if (count % 4 != 0 && count != 10)
                {
                    return;
                }

                i++;
                grouped = true;
            }
        }
    }

    /// <summary>Whether groups of digits are part of a longer row of such, a table's or a dump's.</summary>
    private static bool IsRow(ReadOnlySpan<byte> text, int start, int end)
    {
        var before = text[Math.Max(0, start - 7)..start].TrimEnd(" \r\n"u8);
        var after = text[end..Math.Min(text.Length, end + 7)].TrimStart(" \r\n"u8);
        var group = before[(before.LastIndexOfAnyExcept(Bytes.UpperHex) + 1)..];
        var next = after[..Bytes.RunEnd(after, 0, Bytes.UpperHex)];
        return (group.Length >= 3 && before.Length < Math.Min(start, 7)) || (next.Length >= 4 && next.Length < after.Length + 1 && after.Length < Math.Min(text.Length - end, 7));
    }

    /// <summary>Whether a number in one piece is an id: by its name, or by numbers like it that are no cards.</summary>
    private static bool IsId(ReadOnlySpan<byte> text, int start, int end)
    {
        var name = text[Math.Max(0, start - Neighbourhood)..start].TrimEnd(" \t\"'=:"u8);
        var word = name[(name.LastIndexOfAnyExcept(Bytes.Letter) + 1)..];
        var named = name.Length < Math.Min(start, Neighbourhood);
        if (named && IsOneOf(word, CardNames))
        {
            return false;
        }

        if (named && (IsOneOf(word, IdNames) || word.EndsWith("Id"u8) || word.EndsWith("ID"u8)))
        {
            return true;
        }

        if (end - start is not (14 or 15 or 16))
        {
            return true;
        }

        var near = text[Math.Max(0, start - Neighbourhood)..Math.Min(text.Length, end + Neighbourhood)];
        for (var at = near.IndexOfAny(Bytes.Digit); at >= 0 && at < near.Length;)
        {
            var runEnd = Bytes.RunEnd(near, at, Bytes.Digit);
            if (runEnd - at == end - start && !IsCard(near[at..runEnd]))
            {
                return true;
            }

            var next = near[runEnd..].IndexOfAny(Bytes.Digit);
            at = next < 0 ? -1 : runEnd + next;
        }

        return false;
    }

    private static bool IsOneOf(ReadOnlySpan<byte> word, string[] names)
    {
        foreach (var name in names)
        {
            if (Ascii.EqualsIgnoreCase(word, name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MayStart(ReadOnlySpan<byte> text, int at)
    {
        if (at == 0)
        {
            return true;
        }

        var before = text[at - 1];
        return before == '-'
            ? at == 1 || !Bytes.IsAlphanumeric(text[at - 2])
            : before is not ((byte)'.' or (byte)'_' or (byte)'/' or (byte)'*') && !Bytes.IsAlphanumeric(before);
    }

    private static bool MayEnd(ReadOnlySpan<byte> text, int end) =>
        end == text.Length
        || (text[end] == '.' ? end + 1 == text.Length || !Bytes.IsDigit(text[end + 1]) : text[end] is not ((byte)'_' or (byte)'*') && !Bytes.IsAlphanumeric(text[end]));

    private static bool IsCard(ReadOnlySpan<byte> digits) => HasIssuer(digits) && CheckDigits.Luhn(digits);

    private static bool HasIssuer(ReadOnlySpan<byte> digits)
    {
        var four = ((digits[0] - '0') * 1000) + ((digits[1] - '0') * 100) + ((digits[2] - '0') * 10) + digits[3] - '0';
        return digits.Length switch
        {
            13 => four is >= 4000 and <= 4999,
            14 => four is (>= 3000 and <= 3059) or (>= 3600 and <= 3699) or (>= 3800 and <= 3999),
            15 => four is (>= 3400 and <= 3499) or (>= 3700 and <= 3799),
            16 => four is (>= 4000 and <= 4999) or (>= 5000 and <= 6999) or (>= 2221 and <= 2720) or (>= 3528 and <= 3589) or (>= 2200 and <= 2204),
            _ => four is (>= 4000 and <= 4999) or (>= 5000 and <= 5099) or (>= 5600 and <= 6999),
        };
    }
}
