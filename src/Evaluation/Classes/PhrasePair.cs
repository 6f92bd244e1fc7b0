namespace Tda.Evaluation.Classes;

/// <summary>Two key phrases of a text whose order carries the meaning: "the first president" and "George Washington".</summary>
public sealed record PhrasePair(string First, string Second)
{
    /// <summary>The text with the phrases in each other's place; null when it doesn't hold both, apart from each other.</summary>
    public string? Flip(string text)
    {
        var (a, b) = (text.IndexOf(First, StringComparison.Ordinal), text.IndexOf(Second, StringComparison.Ordinal));
        if (a < 0 || b < 0 || First.Length == 0 || Second.Length == 0)
        {
            return null;
        }

        var (early, late) = a < b ? (First, Second) : (Second, First);
        var (start, then) = (Math.Min(a, b), Math.Max(a, b));
        return start + early.Length > then ? null
            : string.Concat(text[..start], late, text[(start + early.Length)..then], early, text[(then + late.Length)..]);
    }
}
