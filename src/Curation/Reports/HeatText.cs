namespace Tda.Curation.Reports;

/// <summary>A text with a score for each of its tokens.</summary>
/// <param name="Text">The text, or the part of it that is shown.</param>
/// <param name="Tokens">Tokens with spans into <paramref name="Text"/>; may leave gaps.</param>
public sealed record HeatText(string Text, IReadOnlyList<HeatToken> Tokens)
{
    /// <summary>Where <see cref="Text"/> begins in the whole text, in characters.</summary>
    public int Offset { get; init; }

    /// <summary>Length of the whole text, in characters; 0 = all of it is shown.</summary>
    public int FullLength { get; init; }
}
