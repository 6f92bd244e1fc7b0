namespace Tda.Core.Corpora;

/// <summary>
/// Splits BOS + tokens + EOS into rows that fit a context: each starts with BOS, and every token after the document's
/// own BOS is a label of exactly one row.
/// </summary>
public static class RowSplitter
{
    /// <param name="document">Index of the document.</param>
    /// <param name="sequenceLength">Tokens of the document, BOS and EOS included.</param>
    /// <param name="context">Tokens of the longest row, its BOS included; at least 2.</param>
    public static IEnumerable<Row> Split(int document, int sequenceLength, int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 2);
        return Rows();

        IEnumerable<Row> Rows()
        {
            for (var start = 1; start < sequenceLength; start += context - 1)
            {
                yield return new Row(document, start, Math.Min(context - 1, sequenceLength - start));
            }
        }
    }

    /// <summary>The rows of all documents, in order.</summary>
    public static IEnumerable<Row> Split(TokenizedCorpus corpus, int context) =>
        Enumerable.Range(0, corpus.Count).SelectMany(document => Split(document, corpus.Length(document), context));

    /// <summary>The row's tokens: BOS, then its label tokens.</summary>
    /// <param name="sequence">BOS + tokens + EOS of the row's document.</param>
    /// <param name="row">The row.</param>
    public static int[] Tokens(ReadOnlySpan<uint> sequence, Row row)
    {
        var tokens = new int[row.Length + 1];
        tokens[0] = checked((int)sequence[0]);
        for (var i = 0; i < row.Length; i++)
        {
            tokens[i + 1] = checked((int)sequence[row.Start + i]);
        }

        return tokens;
    }
}

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
}
