namespace Tda.Core.Detection.Numbers;

/// <summary>
/// Numbers of citizens and taxpayers, told by their form and check digits; a form that other numbers have too counts only near a word
/// that names it.
/// </summary>
/// <param name="Country">Whose it is.</param>
/// <param name="Form">Its characters: 9 a digit, A a capital letter, X either; others stand for themselves.</param>
/// <param name="IsValid">Whether check digits and dates in it are right.</param>
/// <param name="Words">Words of which one must stand before it, divided by spaces; none where the check says enough.</param>
internal sealed record NationalId(string Country, string Form, CheckDigits.Check IsValid, string Words = "")
{
    /// <summary>Where in the form its first three digits in a row stand, which is where the scanner stops.</summary>
    public int Anchor { get; } = Enumerable.Range(0, Form.Length - 2).First(i => Form.AsSpan(i, 3).IndexOfAnyExceptInRange('0', '9') < 0);

    /// <summary>How many digits the run has that the scanner sees; one more where a letter or digit follows.</summary>
    public int Run => Form.AsSpan(Anchor).IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? Form.Length - Anchor : end;
}

/// <summary>The national ids that are known, and where they stand in a text.</summary>
internal static class NationalIds
{
    public static readonly IReadOnlyList<NationalId> All =
    [
        new("Spain, DNI", "99999999A", CheckDigits.SpanishDni),
        new("Spain, NIE", "A9999999A", CheckDigits.SpanishNie),
        new("Italy", "AAAAAA99A99A999A", CheckDigits.Italian),
        new("France", "999999999999999", CheckDigits.French),
        new("China", "99999999999999999X", CheckDigits.Chinese),
        new("Brazil, CPF", "999.999.999-99", CheckDigits.Cpf),
        new("Brazil, CNPJ", "99.999.999/9999-99", CheckDigits.Cnpj),
        new("Sweden", "999999-9999", d => CheckDigits.IsDate(d, 0) && CheckDigits.Luhn(d)),
        new("Finland", "999999-999X", CheckDigits.Finnish),
        new("Finland, born since 2000", "999999A999X", CheckDigits.Finnish),
        new("Belgium", "99.99.99-999.99", CheckDigits.Belgian),
        new("Switzerland", "756.9999.9999.99", CheckDigits.Ean),
        new("Norway", "99999999999", CheckDigits.Norwegian),
        new("Korea", "999999-9999999", CheckDigits.Korean),
        new("Mexico", "AAAA999999AAAAAAX9", CheckDigits.Mexican),
        new("United States", "999-99-9999", CheckDigits.SocialSecurity),
        new("Germany", "99999999999", CheckDigits.Mod11And10, "steuer idnr tax-id tin"),
        new("Poland", "99999999999", d => CheckDigits.Sum(d, "13791379131") % 10 == 0, "pesel"),
        new("Turkey", "99999999999", CheckDigits.Turkish, "kimlik tckn"),
        new("Netherlands", "999999999", d => (CheckDigits.Sum(d[..8], "98765432") - d[8] + '0') % 11 == 0, "bsn burgerservice"),
        new("India", "999999999999", CheckDigits.Verhoeff, "aadhaar uidai"),
        new("India, in groups", "9999 9999 9999", CheckDigits.Verhoeff, "aadhaar uidai"),
        new("Canada", "999-999-999", CheckDigits.Luhn, "sin insurance"),
        new("Canada, with spaces", "999 999 999", CheckDigits.Luhn, "sin insurance"),
        new("Portugal", "999999999", d => CheckDigits.IsMod11(d, "98765432"), "nif contribuinte"),
        new("South Africa", "9999999999999", d => CheckDigits.IsDate(d, 0) && CheckDigits.Luhn(d), "identity rsa id"),
    ];

    // Words that name a number stand at most so far before it.
    private const int WordsWithin = 40;
    private static readonly int LongestRun = All.Max(id => id.Run) + 1;
    private static readonly NationalId[][] ByRun = [.. Enumerable.Range(0, LongestRun + 1).Select(run => All.Where(id => id.Run == run || (id.Run + 1 == run && id.Form[^1] == 'X')).ToArray())];

    /// <summary>Reports the number whose first long run of digits this is, and returns its end; 0 where there is none.</summary>
    public static int Find(ReadOnlySpan<byte> text, int at, int runEnd, SecretSpans found)
    {
        if (runEnd - at > LongestRun)
        {
            return 0;
        }

        foreach (var id in ByRun[runEnd - at])
        {
            var start = at - id.Anchor;
            var end = start + id.Form.Length;
            if (start >= 0 && end <= text.Length && IsAlone(text, start, end) && Matches(text[start..end], id)
                && (id.Words.Length == 0 || IsNamed(text[Math.Max(0, start - WordsWithin)..start], id.Words)))
            {
                found.Add(start, end, SecretKinds.NationalId);
                return end;
            }
        }

        return 0;
    }

    private static bool IsAlone(ReadOnlySpan<byte> text, int start, int end) =>
        (start == 0 || !(Bytes.IsAlphanumeric(text[start - 1]) || text[start - 1] is (byte)'.' or (byte)'-' or (byte)'_' or (byte)'/' or (byte)'+' or (byte)'*'))
        && (end == text.Length || (text[end] is (byte)'.' or (byte)'-' ? end + 1 == text.Length || !Bytes.IsAlphanumeric(text[end + 1]) : text[end] is not ((byte)'_' or (byte)'/' or (byte)'*') && !Bytes.IsAlphanumeric(text[end])));

    private static bool Matches(ReadOnlySpan<byte> text, NationalId id)
    {
        Span<byte> characters = stackalloc byte[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var (form, value) = (id.Form[i], text[i]);
            var fits = form switch
            {
                '9' => Bytes.IsDigit(value),
                'A' => value is >= (byte)'A' and <= (byte)'Z',
                'X' => Bytes.UpperOrDigit.Contains(value),
                _ => value == form,
            };
            if (!fits)
            {
                return false;
            }

            if (Bytes.IsAlphanumeric(value))
            {
                characters[count++] = value;
            }
        }

        return characters[..count].ContainsAnyExcept(characters[0]) && id.IsValid(characters[..count]);
    }

    private static bool IsNamed(ReadOnlySpan<byte> before, string words)
    {
        var near = Encoding.Latin1.GetString(before);
        return words.Split(' ').Any(word => near.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
