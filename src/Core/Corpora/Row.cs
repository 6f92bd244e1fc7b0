namespace Tda.Core.Corpora;

/// <summary>
/// A run of a document's label tokens that fits the context: the model is given BOS and then these tokens, and each of
/// them carries loss.
/// </summary>
/// <param name="Document">Index of the document in the corpus.</param>
/// <param name="Start">Label-token index of the first one: its position in BOS + tokens + EOS, so at least 1.</param>
/// <param name="Length">Number of label tokens; the row itself has one token more, the BOS.</param>
public readonly record struct Row(int Document, int Start, int Length)
{
    /// <summary>One past the last label-token index.</summary>
    public int End => Start + Length;

    /// <summary>The label-token index of the token at <paramref name="position"/> (≥ 1; 0 is the BOS) of the row.</summary>
    public int LabelIndex(int position) => Start + position - 1;
}
