using Tda.Core.Corpora;
using Tda.Scoring.Capture;

namespace Tda.Scoring.Sessions;

/// <summary>The rows of a tokenised corpus, read from its memory-mapped tokens. Owns the mapping.</summary>
public sealed class CorpusRows : IRowSource, IDisposable
{
    private readonly TokenizedCorpus tokens;
    private readonly Row[] rows;
    private readonly string[] ids;

    /// <summary>Splits every document into rows of at most <paramref name="context"/> tokens, BOS included.</summary>
    public CorpusRows(Corpus corpus, TokenizedCorpus tokens, int context)
    {
        this.tokens = tokens;
        rows = [.. RowSplitter.Split(tokens, context)];
        (ids, Sources) = ([.. corpus.Documents().Select(d => d.Id)], [.. corpus.Documents().Select(d => d.Source)]);
    }

    /// <summary>The source of every document.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <inheritdoc/>
    public int DocumentCount => ids.Length;

    /// <inheritdoc/>
    public int RowCount => rows.Length;

    /// <summary>Label tokens of all rows.</summary>
    public long LabelTokens => rows.Sum(r => (long)r.Length);

    /// <summary>How often each token is a label, by id.</summary>
    public long[] TokenCounts(int vocabulary)
    {
        var counts = new long[vocabulary];
        for (var d = 0; d < DocumentCount; d++)
        {
            foreach (var token in tokens.Tokens(d)[1..])
            {
                counts[token]++;
            }
        }
        return counts;
    }

    /// <summary>Tokens of a document's BOS + tokens + EOS sequence.</summary>
    public int SequenceLength(int document) => tokens.Length(document);

    /// <inheritdoc/>
    public int DocumentOf(int row) => rows[row].Document;

    /// <inheritdoc/>
    public int PositionsOf(int row) => rows[row].Length;

    /// <inheritdoc/>
    public string IdOf(int document) => ids[document];

    /// <inheritdoc/>
    public TokenRow Load(int row)
    {
        var r = rows[row];
        return new TokenRow(r.Document, RowSplitter.Tokens(tokens.Tokens(r.Document), r), r.Start, 0, RowKey.Of(ids[r.Document], r.Start));
    }

    /// <inheritdoc/>
    public void Dispose() => tokens.Dispose();
}
