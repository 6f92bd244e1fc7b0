using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Tda.Gateway.Pages;

/// <summary>Builds HTML from an interpolated string: literal parts as written, holes escaped.</summary>
[InterpolatedStringHandler]
internal readonly struct HtmlInterpolation
{
    private readonly StringBuilder _markup;

    public HtmlInterpolation(int literalLength, int formattedCount) => _markup = new(literalLength + (16 * formattedCount));

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(Html html) => _markup.Append(html.Markup);

    public void AppendFormatted(string? text) => VisibleText.AppendTo(_markup, text);

    public void AppendFormatted<T>(T value)
        where T : IFormattable => AppendFormatted(value.ToString(null, CultureInfo.InvariantCulture));

    public void AppendFormatted<T>(T value, string format)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public override string ToString() => _markup.ToString();
}
