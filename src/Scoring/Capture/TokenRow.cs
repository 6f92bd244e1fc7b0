namespace Tda.Scoring.Capture;

/// <summary>
/// One row of at most a context of tokens. Position t (0-based) predicts <c>Tokens[t + 1]</c>, whose label-token index
/// in the document is <c>FirstLabel + t</c>.
/// </summary>
/// <param name="Document">Ordinal of the document (or query) that the row belongs to.</param>
/// <param name="Tokens">The token ids, starting with BOS.</param>
/// <param name="FirstLabel">Label-token index, in the document's BOS + tokens + EOS sequence, of <c>Tokens[1]</c>.</param>
/// <param name="FirstLossPosition">
/// First position whose prediction carries loss: 0 for documents; for a query, the one that predicts the completion's first token.
/// </param>
/// <param name="Key">Identity of the row for label sampling: a function of the document's id and the row's start.</param>
public sealed record TokenRow(int Document, int[] Tokens, int FirstLabel, int FirstLossPosition, ulong Key)
{
    /// <summary>Number of positions fed to the model: one fewer than the tokens, since the last predicts nothing.</summary>
    public int Positions => Tokens.Length - 1;

    /// <summary>Number of positions that carry loss.</summary>
    public int LossPositions => Math.Max(0, Positions - FirstLossPosition);
}
