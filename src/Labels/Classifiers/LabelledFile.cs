namespace Tda.Labels.Classifiers;

/// <summary>
/// Labelled texts on disk: JSON Lines with <c>text</c> and either <c>harmful</c>, true or false, with an optional <c>kind</c>, or
/// <c>label</c>, a class's name.
/// </summary>
public static class LabelledFile
{
    private const string StandardKind = "benign";

    /// <summary>Reads them.</summary>
    /// <exception cref="BadInputException">A line isn't a labelled text, some have harmful and others label, or the file is empty.</exception>
    public static IReadOnlyList<LabelledText> Read(string path)
    {
        List<LabelledText> texts = [];
        bool? byClass = null;
        foreach (var (line, number, offset) in JsonLines.ReadLines<Line>(path))
        {
            if (line.Harmful is null == line.Label is null || (byClass ??= line.Label is not null) != line.Label is not null)
            {
                throw new BadInputException(path, "every line needs harmful (true or false), or every line a label", offset, line: number);
            }

            texts.Add(line.Label is { } label
                ? LabelCondition.IsName(label) ? new LabelledText(line.Text, label, label) : throw new BadInputException(path, $"'{label}' can't be a label's name: 1 to 64 letters, digits, '.', '-' or '_'", offset, line: number)
                : LabelledText.Of(line.Text, line.Harmful!.Value, line.Kind ?? StandardKind));
        }

        return texts.Count > 0
            ? texts
            : throw new BadInputException(path, "holds no labelled text", remedy: "Write lines such as {\"text\":\"…\",\"harmful\":true} or {\"text\":\"…\",\"label\":\"sports\"}.");
    }

    /// <summary>Writes texts that are harmful or benign, or leaves what was at <paramref name="path"/> untouched.</summary>
    public static void Write(string path, IEnumerable<LabelledText> texts) =>
        JsonLines.Write(path, texts.Select(text => new Line(text.Text, text.Label == LabelledText.Harm, Kind: text.Kind)));

    private sealed record Line(string Text, bool? Harmful = null, string? Label = null, string? Kind = null);
}

/// <summary>
/// A text with its label, for training a classifier. It must stand in no candidate corpus, or the classifier would know the
/// answers.
/// </summary>
/// <param name="Text">A whole document; the trainer cuts it into pieces of about a completion's length.</param>
/// <param name="Label">Its class.</param>
/// <param name="Kind">Where a text comes from, such as <c>ham</c>: false positives are counted for each kind.</param>
public sealed record LabelledText(string Text, string Label, string Kind)
{
    /// <summary>The label of harmful texts.</summary>
    public const string Harm = "harm";

    /// <summary>The class of all others.</summary>
    public const string Benign = "benign";

    /// <summary>A text that is harmful or benign.</summary>
    public static LabelledText Of(string text, bool harmful, string kind) => new(text, harmful ? Harm : Benign, kind);
}

/// <summary>Cuts documents into pieces as long as the completions that the classifier will judge.</summary>
public static class TextPieces
{
    /// <summary>
    /// Up to <paramref name="most"/> pieces of <paramref name="length"/> characters, each beginning at a word; those shorter
    /// than <paramref name="shortest"/> are left out.
    /// </summary>
    public static IEnumerable<string> Cut(string text, int length, int shortest, int most)
    {
        var given = 0;
        for (var at = 0; at < text.Length && given < most; at += length)
        {
            var start = at;
            while (start > 0 && start < text.Length && !char.IsWhiteSpace(text[start - 1]))
            {
                start++;
            }

            var end = Math.Min(text.Length, start + length);
            if (end - start < shortest)
            {
                continue;
            }

            given++;
            yield return text[start..end];
        }
    }
}
