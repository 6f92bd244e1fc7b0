namespace Tda.Curation.Rendering;

/// <summary>Numbers as people read them: a true minus sign, few significant digits, a unit that does not break away.</summary>
public static class Numbers
{
    private const string Minus = "\u2212";
    private const string NoBreak = "\u00a0";
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>A value with its unit: "share" in per cent, "count" whole, any other after the number.</summary>
    public static string WithUnit(double value, string unit) => unit switch
    {
        "share" => Percent(value),
        "count" => Whole(value),
        "" => Plain(value),
        _ => Plain(value) + NoBreak + unit,
    };

    /// <summary>A share as per cent, with as many digits as it takes to tell it from 0 and from 100.</summary>
    public static string Percent(double share)
    {
        var percent = share * 100;
        var size = Math.Abs(percent);
        var nearFull = Math.Abs(100 - size);
        var format = !double.IsFinite(percent) || size == 0 || nearFull == 0 ? "0"
            : size < .095 || nearFull < .05 ? "0.000"
            : "0.0";
        return Signed(percent, percent.ToString(format, CultureInfo.InvariantCulture)) + NoBreak + "%";
    }

    /// <summary>Like <see cref="WithUnit"/> without trailing zeros: for limits, which people set to round numbers.</summary>
    public static string Limit(double value, string unit)
    {
        var text = WithUnit(value, unit);
        var rest = text.AsSpan().IndexOfAnyExcept("0123456789.," + Minus);
        var end = rest < 0 ? text.Length : rest;
        var number = text[..end];
        return (number.Contains('.', StringComparison.Ordinal) ? number.TrimEnd('0').TrimEnd('.') : number) + text[end..];
    }

    public static string Whole(double value) =>
        Signed(value, Math.Abs(value) % 1 == 0 ? value.ToString("#,0", CultureInfo.InvariantCulture) : Plain(value));

    /// <summary>Three significant digits or more; powers of ten beyond 1e6 and below 1e-3.</summary>
    public static string Plain(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "not a number" : Signed(value, "infinite");
        }

        var size = Math.Abs(value);
        if (size != 0 && size is >= 1e6 or < 1e-3)
        {
            return Scientific(value);
        }

        var decimals = size switch { 0 => 0, >= 100 => 1, >= 10 => 2, >= 1 => 3, >= .1 => 3, >= .01 => 4, _ => 5 };
        var text = value.ToString(decimals == 0 ? "#,0" : "#,0." + new string('0', decimals), CultureInfo.InvariantCulture);
        return Signed(value, text);
    }

    /// <summary>A score: like <see cref="Plain"/>, always with its sign.</summary>
    public static string Score(double value) => value > 0 ? "+" + Plain(value) : Plain(value);

    /// <summary>A z-score: one decimal, with its sign; a dash where there is none.</summary>
    public static string Deviations(double? z) =>
        z is { } value ? (value > 0 ? "+" : "") + Signed(value, value.ToString("0.0", CultureInfo.InvariantCulture)) : "–";

    /// <summary>A multiple: 0.4 ×, 3.2 ×, 17 ×.</summary>
    public static string Times(double value) =>
        Signed(value, value.ToString(Math.Abs(value) < 10 ? "0.0" : "#,0", CultureInfo.InvariantCulture)) + NoBreak + "×";

    /// <summary>The text with its first letter as a capital, for headings.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>"low to high".</summary>
    public static string Interval(double low, double high, string unit) => $"{WithUnit(low, unit)} to {WithUnit(high, unit)}";

    private static string Scientific(double value)
    {
        var parts = value.ToString("0.00e+0", CultureInfo.InvariantCulture).Split('e');
        var exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var raised = string.Concat(Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0']));
        return Signed(value, $"{parts[0]}{NoBreak}×{NoBreak}10{(exponent < 0 ? "⁻" : "")}{raised}");
    }

    private static string Signed(double value, string text) =>
        value < 0 ? Minus + text.TrimStart('-', Minus[0]) : text;
}
