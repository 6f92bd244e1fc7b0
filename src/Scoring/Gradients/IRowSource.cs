using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Gradients;

/// <summary>Rows to capture, loaded when asked for. The rows of a document are consecutive.</summary>
public interface IRowSource
{
    /// <summary>Number of documents.</summary>
    int DocumentCount { get; }

    /// <summary>Number of rows of all documents.</summary>
    int RowCount { get; }

    /// <summary>The document that a row belongs to.</summary>
    int DocumentOf(int row);

    /// <summary>Positions of a row (its tokens less one), without loading it.</summary>
    int PositionsOf(int row);

    /// <summary>The name of a document in files and messages.</summary>
    string IdOf(int document);

    /// <summary>Loads a row.</summary>
    TokenRow Load(int row);
}

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

    /// <summary>The row as something to train on, with a weight for every label that carries loss.</summary>
    internal TrainingExample Example(float weight = 1)
    {
        var weights = new float[Tokens.Length];
        Array.Fill(weights, weight, FirstLossPosition + 1, LossPositions);
        return new TrainingExample(Tokens, weights);
    }
}

/// <summary>Rows held in memory: queries, tests, small corpora.</summary>
/// <param name="ids">The documents' ids.</param>
/// <param name="rows">Their rows, in ascending order of document, each with a position to predict from.</param>
public sealed class MemoryRows(IReadOnlyList<string> ids, IReadOnlyList<TokenRow> rows) : IRowSource
{
    /// <summary>One row a document, every label carrying loss.</summary>
    public static MemoryRows FromTokens(IReadOnlyList<string> ids, IReadOnlyList<int[]> tokens) =>
        new(ids, [.. tokens.Select((t, i) => new TokenRow(i, t, 1, 0, RowKey.Of(ids[i], 1)))]);

    /// <inheritdoc/>
    public int DocumentCount => ids.Count;

    /// <inheritdoc/>
    public int RowCount => rows.Count;

    /// <inheritdoc/>
    public int DocumentOf(int row) => rows[row].Document;

    /// <inheritdoc/>
    public int PositionsOf(int row) => rows[row].Positions;

    /// <inheritdoc/>
    public string IdOf(int document) => ids[document];

    /// <inheritdoc/>
    public TokenRow Load(int row) => rows[row];
}
