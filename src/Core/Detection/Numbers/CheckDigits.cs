namespace Tda.Core.Detection.Numbers;

/// <summary>The check digits of numbers, given as their letters and digits without separators.</summary>
internal static class CheckDigits
{
    /// <summary>Whether a number's check digits are right.</summary>
    public delegate bool Check(ReadOnlySpan<byte> number);

    public static bool Luhn(ReadOnlySpan<byte> number)
    {
        var sum = 0;
        for (var i = number.Length - 1; i >= 0; i--)
        {
            var digit = number[i] - '0';
            var doubled = (number.Length - 1 - i) % 2 == 1 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10 == 0;
    }

    /// <summary>The digits' sum with weights 0 to 9, then A for 10.</summary>
    public static int Sum(ReadOnlySpan<byte> number, string weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += (number[i] - '0') * (weights[i] >= 'A' ? weights[i] - 'A' + 10 : weights[i] - '0');
        }

        return sum;
    }

    /// <summary>Whether the digit behind the weighted ones is 11 less their sum modulo 11, 0 for 10 and 11.</summary>
    public static bool IsMod11(ReadOnlySpan<byte> number, string weights) =>
        number[weights.Length] - '0' == (11 - (Sum(number, weights) % 11)) % 11 % 10;

    /// <summary>Whether a year of two digits, a month and a day start at a place.</summary>
    public static bool IsDate(ReadOnlySpan<byte> number, int at) =>
        Number(number.Slice(at + 2, 2)) is >= 1 and <= 12 && Number(number.Slice(at + 4, 2)) is >= 1 and <= 31;

    public static bool SpanishDni(ReadOnlySpan<byte> number) => "TRWAGMYFPDXBNJZSQVHLCKE"[(int)(Number(number[..8]) % 23)] == number[8];

    public static bool SpanishNie(ReadOnlySpan<byte> number) =>
        number[0] is >= (byte)'X' and <= (byte)'Z'
        && "TRWAGMYFPDXBNJZSQVHLCKE"[(int)((((number[0] - 'X') * 10_000_000L) + Number(number[1..8])) % 23)] == number[8];

    public static bool Italian(ReadOnlySpan<byte> number)
    {
        ReadOnlySpan<byte> odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var value = Bytes.IsDigit(number[i]) ? number[i] - '0' : number[i] - 'A';
            sum += i % 2 == 0 ? odd[value] : value;
        }

        return sum % 26 == number[15] - 'A';
    }

    public static bool French(ReadOnlySpan<byte> number) =>
        number[0] is (byte)'1' or (byte)'2' && Number(number.Slice(3, 2)) is >= 1 and <= 12 && 97 - (Number(number[..13]) % 97) == Number(number[13..]);

    public static bool Chinese(ReadOnlySpan<byte> number) =>
        Number(number.Slice(6, 2)) is 19 or 20 && IsDate(number, 8) && "10X98765432"[Sum(number, "79A584216379A5842") % 11] == number[17];

    public static bool Cpf(ReadOnlySpan<byte> number) => IsMod11(number, "A98765432") && IsMod11(number, "BA98765432");

    public static bool Cnpj(ReadOnlySpan<byte> number) => IsMod11(number, "543298765432") && IsMod11(number, "6543298765432");

    public static bool Finnish(ReadOnlySpan<byte> number)
    {
        Span<byte> digits = stackalloc byte[9];
        number[..6].CopyTo(digits);
        number[^4..^1].CopyTo(digits[6..]);
        var date = Number(digits[..2]) is >= 1 and <= 31 && Number(digits[2..4]) is >= 1 and <= 12;
        return date && "0123456789ABCDEFHJKLMNPRSTUVWXY"[(int)(Number(digits) % 31)] == number[^1];
    }

    public static bool Belgian(ReadOnlySpan<byte> number) =>
        IsDate(number, 0) && (97 - (Number(number[..9]) % 97) == Number(number[9..]) || 97 - ((2_000_000_000 + Number(number[..9])) % 97) == Number(number[9..]));

    public static bool Ean(ReadOnlySpan<byte> number) => Sum(number, "1313131313131") % 10 == 0;

    public static bool Norwegian(ReadOnlySpan<byte> number) =>
        Number(number[..2]) is >= 1 and <= 31 && Number(number[2..4]) is >= 1 and <= 12
        && Sum(number, "3761894521") % 11 == 0 && Sum(number, "54327654321") % 11 == 0;

    public static bool Korean(ReadOnlySpan<byte> number) =>
        IsDate(number, 0) && number[6] is >= (byte)'1' and <= (byte)'8' && (11 - (Sum(number, "234567892345") % 11)) % 10 == number[12] - '0';

    public static bool Mexican(ReadOnlySpan<byte> number)
    {
        var sum = 0;
        for (var i = 0; i < 17; i++)
        {
            // The alphabet has an Ñ between N and O.
            var value = Bytes.IsDigit(number[i]) ? number[i] - '0' : number[i] - 'A' + (number[i] > 'N' ? 11 : 10);
            sum += value * (18 - i);
        }

        return IsDate(number, 4) && number[10] is (byte)'H' or (byte)'M' && (10 - (sum % 10)) % 10 == number[17] - '0';
    }

    /// <summary>No check digit: areas, groups and serial numbers that were given out.</summary>
    public static bool SocialSecurity(ReadOnlySpan<byte> number) =>
        Number(number[..3]) is > 0 and < 900 and not 666 && Number(number.Slice(3, 2)) > 0 && Number(number[5..]) > 0;

    public static bool Mod11And10(ReadOnlySpan<byte> number)
    {
        var product = 10;
        foreach (var digit in number[..^1])
        {
            var sum = (digit - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }

        return (11 - product) % 10 == number[^1] - '0';
    }

    public static bool Turkish(ReadOnlySpan<byte> number)
    {
        var odd = Sum(number, "101010101");
        var even = Sum(number, "01010101");
        return number[0] != '0' && ((odd * 7) - even + 100) % 10 == number[9] - '0' && Sum(number, "1111111111") % 10 == number[10] - '0';
    }

    public static bool Verhoeff(ReadOnlySpan<byte> number)
    {
        var permuted = "1576283094"u8;
        var check = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var digit = number[^(i + 1)] - '0';
            for (var times = i % 8; times > 0; times--)
            {
                digit = permuted[digit] - '0';
            }

            check = Dihedral(check, digit);
        }

        return check == 0;
    }

    /// <summary>ISO 13616: the country and check digits behind the rest, letters as two digits, are 1 modulo 97.</summary>
    public static bool Iban(ReadOnlySpan<byte> number)
    {
        var rest = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var value = number[(i + 4) % number.Length];
            rest = Bytes.IsDigit(value) ? ((rest * 10) + value - '0') % 97 : ((rest * 100) + value - 'A' + 10) % 97;
        }

        return rest == 1;
    }

    /// <summary>The product in the group of a pentagon's symmetries.</summary>
    private static int Dihedral(int a, int b) => a < 5
        ? b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5)
        : b < 5 ? 5 + ((a - b) % 5) : (a - b + 5) % 5;

    private static long Number(ReadOnlySpan<byte> digits)
    {
        var number = 0L;
        foreach (var digit in digits)
        {
            number = (number * 10) + digit - '0';
        }

        return number;
    }
}
