namespace Tda.Labels.Classifiers;

/// <summary>Labelled texts on disk: JSON Lines with <c>text</c>, <c>harmful</c> and optionally <c>kind</c>.</summary>
public static class LabelledFile
{
    private const string StandardKind = "benign";

    /// <summary>Reads them.</summary>
    /// <exception cref="BadInputException">A line isn't a labelled text, or the file is empty.</exception>
    public static IReadOnlyList<LabelledText> Read(string path)
    {
        List<LabelledText> texts = [.. JsonLines.Read<Line>(path).Select(line => new LabelledText(line.Text, line.Harmful, line.Kind ?? StandardKind))];
        return texts.Count > 0
            ? texts
            : throw new BadInputException(path, "holds no labelled text", remedy: "Write lines such as {\"text\":\"…\",\"harmful\":true}.");
    }

    /// <summary>Writes them, or leaves what was at <paramref name="path"/> untouched.</summary>
    public static void Write(string path, IEnumerable<LabelledText> texts) =>
        JsonLines.Write(path, texts.Select(text => new Line(text.Text, text.Harmful, text.Kind)));

    private sealed record Line(string Text, bool Harmful, string? Kind = null);
}
