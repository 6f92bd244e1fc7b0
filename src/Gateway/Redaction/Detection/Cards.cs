namespace Tda.Gateway.Redaction.Detection;

/// <summary>
/// Payment card numbers: 13 to 19 digits, alone or in groups with single spaces or dashes between them, of an issuer's
/// range (ISO/IEC 7812) and with a right check digit (Luhn). Digits of a decimal fraction or a word are none.
/// </summary>
internal static class Cards
{
    private const int Fewest = 13;
    private const int Most = 19;

    /// <summary>Reports the card whose first group of digits starts here.</summary>
    public static void Find(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        if (!MayStart(text, at))
        {
            return;
        }

        Span<byte> digits = stackalloc byte[Most];
        var count = 0;
        for (var i = at; i < text.Length; i++)
        {
            if (!Bytes.IsDigit(text[i]) || count == Most)
            {
                return;
            }

            digits[count++] = (byte)(text[i] - '0');
            var groupEnds = i + 1 == text.Length || !Bytes.IsDigit(text[i + 1]);
            if (groupEnds && count >= Fewest && MayEnd(text, i + 1) && IsCard(digits[..count]))
            {
                found.Add(at, i + 1, BuiltIn.Card);
                return;
            }

            if (groupEnds && i + 1 < text.Length && text[i + 1] is (byte)' ' or (byte)'-')
            {
                i++;
            }
        }
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
            : before is not ((byte)'.' or (byte)'_') && !Bytes.IsAlphanumeric(before);
    }

    private static bool MayEnd(ReadOnlySpan<byte> text, int end) =>
        end == text.Length
        || (text[end] == '.' ? end + 1 == text.Length || !Bytes.IsDigit(text[end + 1]) : text[end] != '_' && !Bytes.IsAlphanumeric(text[end]));

    private static bool IsCard(ReadOnlySpan<byte> digits) => HasIssuer(digits) && Luhn(digits);

    private static bool HasIssuer(ReadOnlySpan<byte> digits)
    {
        var four = (digits[0] * 1000) + (digits[1] * 100) + (digits[2] * 10) + digits[3];
        return digits.Length switch
        {
            13 => four is >= 4000 and <= 4999,
            14 => four is (>= 3000 and <= 3059) or (>= 3600 and <= 3699) or (>= 3800 and <= 3999),
            15 => four is (>= 3400 and <= 3499) or (>= 3700 and <= 3799),
            16 => four is (>= 4000 and <= 4999) or (>= 5000 and <= 6999) or (>= 2221 and <= 2720) or (>= 3528 and <= 3589) or (>= 2200 and <= 2204),
            _ => four is (>= 4000 and <= 4999) or (>= 5000 and <= 5099) or (>= 5600 and <= 6999),
        };
    }

    private static bool Luhn(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            var doubled = (digits.Length - 1 - i) % 2 == 1 ? digits[i] * 2 : digits[i];
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10 == 0;
    }
}
