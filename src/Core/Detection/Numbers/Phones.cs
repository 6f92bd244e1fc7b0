namespace Tda.Core.Detection.Numbers;

/// <summary>
/// Telephone numbers that can be told from other numbers: with their country code's '+' (E.164: at most 15 digits), or
/// formatted as (555) 123-4567, 555-123-4567 or 555.123.4567. Bare runs of digits are times and ids far more often.
/// </summary>
internal static class Phones
{
    private const int Fewest = 8;
    private const int Most = 15;

    /// <summary>Reports the number that starts with this '+'.</summary>
    public static void FindInternational(ReadOnlySpan<byte> text, int plus, SecretSpans found)
    {
        if (text[plus + 1] == '0' || (plus > 0 && (Bytes.IsAlphanumeric(text[plus - 1]) || text[plus - 1] is (byte)'+' or (byte)')' or (byte)']' or (byte)'~' or (byte)'.')))
        {
            return;
        }

        int digits = 0, end = plus, separators = 0, dots = 0;
        for (var i = plus + 1; i < text.Length && digits <= Most; i++)
        {
            if (Bytes.IsDigit(text[i]))
            {
                digits++;
                end = i + 1;
            }
            else if (text[i] is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'(' or (byte)')' or (byte)'/' && i - end < 2)
            {
                separators++;
                dots += text[i] == '.' && i + 1 < text.Length && Bytes.IsDigit(text[i + 1]) ? 1 : 0;
            }
            else
            {
                break;
            }
        }

        // "+1.23456789" is a number with its sign, not a telephone's.
        var fraction = dots == 1 && separators == 1 && text[end - 1] != '.';
        if (digits is >= Fewest and <= Most && HasCountry(text[(plus + 1)..], digits) && !fraction && (end == text.Length || !Bytes.IsAlphanumeric(text[end])))
        {
            found.Add(plus, end, SecretKinds.Phone);
        }
    }

    /// <summary>Whether a number starts with a country's code (ITU E.164) and has as many digits as that country's.</summary>
    private static bool HasCountry(ReadOnlySpan<byte> text, int digits)
    {
        Span<byte> code = stackalloc byte[3];
        var count = 0;
        for (var i = 0; count < code.Length; i++)
        {
            code[count] = text[i];
            count += Bytes.IsDigit(text[i]) ? 1 : 0;
        }

        var number = ((code[0] - '0') * 100) + ((code[1] - '0') * 10) + code[2] - '0';
        return code[0] switch
        {
            (byte)'1' => digits == 11 && code[1] >= '2',
            (byte)'7' => digits == 11,
            _ => digits <= 13 && number is not (210 or 214 or 215 or 217 or 219 or 259 or (>= 280 and <= 289) or (>= 292 and <= 296) or 384 or 388
                or 422 or (>= 424 and <= 429) or 671 or (>= 693 and <= 699) or (>= 801 and <= 807) or 809 or (>= 830 and <= 839) or 851 or 854
                or (>= 857 and <= 859) or (>= 871 and <= 877) or 879 or (>= 884 and <= 885) or (>= 887 and <= 899) or 969 or 978 or 990 or 991 or 997 or 999),
        };
    }

    /// <summary>Reports the number whose first group of digits starts here.</summary>
    public static void FindFormatted(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        if (Digits(text, at) != 3 || at + 4 > text.Length)
        {
            return;
        }

        var bracketed = at > 0 && text[at - 1] == '(' && text[at + 3] == ')';
        var start = bracketed ? at - 1 : at;
        var middle = bracketed ? at + 4 + (at + 4 < text.Length && text[at + 4] == ' ' ? 1 : 0) : at + 4;
        if (middle + 8 > text.Length || Digits(text, middle) != 3 || Digits(text, middle + 4) != 4)
        {
            return;
        }

        var separator = text[middle + 3];
        var formatted = bracketed ? separator is (byte)'-' or (byte)'.' or (byte)' ' : separator is (byte)'-' or (byte)'.' && text[at + 3] == separator;
        if (formatted && MayStart(text, start) && MayEnd(text, middle + 8))
        {
            found.Add(start, middle + 8, SecretKinds.Phone);
        }
    }

    private static int Digits(ReadOnlySpan<byte> text, int start)
    {
        var end = start;
        while (end < text.Length && end - start <= 4 && Bytes.IsDigit(text[end]))
        {
            end++;
        }

        return end - start;
    }

    private static bool MayStart(ReadOnlySpan<byte> text, int start) =>
        start == 0 || !(Bytes.IsAlphanumeric(text[start - 1]) || text[start - 1] is (byte)'.' or (byte)'-' or (byte)'_' or (byte)'/');

    private static bool MayEnd(ReadOnlySpan<byte> text, int end) =>
        end == text.Length
        || (text[end] == '.' ? end + 1 == text.Length || !Bytes.IsAlphanumeric(text[end + 1]) : text[end] is not ((byte)'-' or (byte)'_') && !Bytes.IsAlphanumeric(text[end]));
}
