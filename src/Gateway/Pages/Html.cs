using System.Runtime.CompilerServices;

namespace Tda.Gateway.Pages;

/// <summary>
/// A piece of safe HTML. It is made from interpolated strings only, of which every hole is escaped unless it holds HTML
/// itself; so no text can become markup by being forgotten.
/// </summary>
internal readonly record struct Html(string Markup)
{
    public static Html Empty { get; } = new("");

    public static Html Of(HtmlInterpolation markup) => new(markup.ToString());

    /// <summary>Pieces one after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.Markup)));

    public static Html If(bool condition, Func<Html> piece) => condition ? piece() : Empty;

    public override string ToString() => Markup ?? "";
}

/// <summary>Builds HTML from an interpolated string: literal parts as written, holes escaped.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlInterpolation
{
    private readonly StringBuilder _markup;

    public HtmlInterpolation(int literalLength, int formattedCount) => _markup = new(literalLength + (16 * formattedCount));

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(Html html) => _markup.Append(html.Markup);

    public void AppendFormatted(string? text) => _markup.Append(text is null ? "" : HtmlWriter.Escaped(text));

    public void AppendFormatted<T>(T value)
        where T : IFormattable => AppendFormatted(value.ToString(null, CultureInfo.InvariantCulture));

    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public override string ToString() => _markup.ToString();
}
