namespace Tda.Scoring.Attribution.Sessions;

/// <summary>The rows of a tokenised corpus, read from its memory-mapped tokens. Owns the mapping.</summary>
public sealed class CorpusRows : IRowSource, IDisposable
{
    private readonly TokenizedCorpus _tokens;
    private readonly Row[] _rows;
    private readonly string[] _ids;

    /// <summary>Splits every document into rows of at most <paramref name="context"/> tokens, BOS included.</summary>
    public CorpusRows(Corpus corpus, TokenizedCorpus tokens, int context)
    {
        _tokens = tokens;
        _rows = [.. RowSplitter.Split(tokens, context)];
        (_ids, Sources) = ([.. corpus.Documents().Select(d => d.Id)], [.. corpus.Documents().Select(d => d.Source)]);
    }

    /// <summary>The source of every document.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <inheritdoc/>
    public int DocumentCount => _ids.Length;

    /// <inheritdoc/>
    public int RowCount => _rows.Length;

    /// <summary>Label tokens of all rows.</summary>
    public long LabelTokens => _rows.Sum(r => (long)r.Length);

    /// <summary>Positions of the longest row; 0 without rows.</summary>
    public int LongestRow => _rows.Length == 0 ? 0 : _rows.Max(r => r.Length);

    /// <summary>How often each token is a label, by id.</summary>
    public long[] TokenCounts(int vocabulary)
    {
        var counts = new long[vocabulary];
        for (var d = 0; d < DocumentCount; d++)
        {
            foreach (var token in _tokens.Tokens(d)[1..])
            {
                counts[token]++;
            }
        }
        return counts;
    }

    /// <summary>Tokens of a document's BOS + tokens + EOS sequence.</summary>
    public int SequenceLength(int document) => _tokens.Length(document);

    /// <inheritdoc/>
    public int DocumentOf(int row) => _rows[row].Document;

    /// <inheritdoc/>
    public int PositionsOf(int row) => _rows[row].Length;

    /// <inheritdoc/>
    public string IdOf(int document) => _ids[document];

    /// <inheritdoc/>
    public TokenRow Load(int row)
    {
        var r = _rows[row];
        return new TokenRow(r.Document, RowSplitter.Tokens(_tokens.Tokens(r.Document), r), r.Start, 0, RowKey.Of(_ids[r.Document], r.Start));
    }

    /// <inheritdoc/>
    public void Dispose() => _tokens.Dispose();
}
