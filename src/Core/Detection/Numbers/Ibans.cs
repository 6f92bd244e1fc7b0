namespace Tda.Core.Detection.Numbers;

/// <summary>International bank account numbers, in one piece or in groups of four, of a country's length and with right check digits.</summary>
internal static class Ibans
{
    // Two letters of the country, two digits of the length (the IBAN registry).
    private const string Lengths =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18"
        + "GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23"
        + "PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

    private const int Longest = 34;

    // The first three digits in a row stand at most so far from the country: "GB82 WEST 1234".
    private const int Reach = 14;

    /// <summary>Reports the number that this run of digits belongs to, and returns its end; 0 where there is none.</summary>
    public static int Find(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        for (var start = at - 2; start >= Math.Max(0, at - Reach); start--)
        {
            if (!Bytes.UpperOrDigit.Contains(text[start + 1]) && text[start + 1] != ' ')
            {
                return 0;
            }

            if (IsStart(text, start) && End(text, start) is var end and > 0)
            {
                found.Add(start, end, SecretKinds.Iban);
                return end;
            }
        }

        return 0;
    }

    private static bool IsStart(ReadOnlySpan<byte> text, int start) =>
        start + 15 <= text.Length && IsUpper(text[start]) && IsUpper(text[start + 1]) && Bytes.IsDigit(text[start + 2]) && Bytes.IsDigit(text[start + 3])
        && (start == 0 || !Bytes.IsAlphanumeric(text[start - 1]));

    private static int End(ReadOnlySpan<byte> text, int start)
    {
        var length = 0;
        for (var i = 0; i < Lengths.Length && length == 0; i += 4)
        {
            length = Lengths[i] == text[start] && Lengths[i + 1] == text[start + 1] ? int.Parse(Lengths.AsSpan(i + 2, 2), CultureInfo.InvariantCulture) : 0;
        }

        Span<byte> number = stackalloc byte[Longest];
        var count = 0;
        for (var i = start; i < text.Length && count < length; i++)
        {
            if (Bytes.UpperOrDigit.Contains(text[i]))
            {
                number[count++] = text[i];
                if (count == length)
                {
                    return (i + 1 == text.Length || !Bytes.IsAlphanumeric(text[i + 1])) && CheckDigits.Iban(number[..count]) ? i + 1 : 0;
                }
            }
            else if (text[i] is not ((byte)' ' or (byte)'-') || count % 4 != 0)
            {
                return 0;
            }
        }

        return 0;
    }

    private static bool IsUpper(byte value) => value is >= (byte)'A' and <= (byte)'Z';
}
