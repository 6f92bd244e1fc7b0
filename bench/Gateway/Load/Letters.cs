namespace Tda.Bench.Gateway.Load;

/// <summary>Numbers as letters: a row of digits looks like a phone or card number to a redactor, which would then do work no real text makes.</summary>
internal static class Letters
{
    /// <summary>Decimal digits, a for 0 to j for 9.</summary>
    public static string Of(long value) => string.Create(19, value, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--, rest /= 10)
        {
            text[i] = (char)('a' + (rest % 10));
        }
    });

    public static long Read(ReadOnlySpan<byte> text)
    {
        long value = 0;
        foreach (var letter in text)
        {
            value = (value * 10) + (letter - 'a');
        }

        return value;
    }
}
