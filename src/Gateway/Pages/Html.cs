namespace Tda.Gateway.Pages;

/// <summary>
/// A piece of safe HTML. It is made from interpolated strings only, of which every hole is escaped unless it holds HTML
/// itself; so no text can become markup by being forgotten.
/// </summary>
internal readonly record struct Html(string Markup)
{
    /// <summary>No HTML.</summary>
    public static Html Empty { get; } = new("");

    /// <summary>HTML from an interpolated string.</summary>
    public static Html Of(HtmlInterpolation markup) => new(markup.ToString());

    /// <summary>Pieces one after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.Markup)));

    /// <summary>The piece if the condition holds, else nothing.</summary>
    public static Html If(bool condition, Func<Html> piece) => condition ? piece() : Empty;

    public override string ToString() => Markup ?? "";
}
