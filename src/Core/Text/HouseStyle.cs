namespace Tda.Core.Text;

/// <summary>The style that the report and the desk share: colours, light and dark, and the marks of scored text. Each adds its own.</summary>
public static class HouseStyle
{
    /// <summary>The style sheet, with line ends of one character: a hash in a page's policy must not hang on the checkout.</summary>
    public static string Css { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(HouseStyle).Assembly.GetManifestResourceStream("house.css")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
