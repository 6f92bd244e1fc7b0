using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>Token scores by document, to be written with the characters they stand for.</summary>
/// <param name="targets">Targets scored.</param>
/// <param name="rows">The corpus.</param>
/// <param name="wanted">Whether a document's scores for a target are kept; null: all. The others would fill the memory and be of no use.</param>
internal sealed class TokenScoreTable(int targets, CorpusRows rows, Func<int, int, bool>? wanted = null)
{
    // By document: per target, per label token (0-based: label token i + 1). NaN where nothing was scored; empty where not wanted.
    private readonly Dictionary<int, float[][]> _scores = [];

    /// <summary>Adds a row's scores times a factor: of an ensemble's member its share of the mean.</summary>
    public void Add(RowTokenScores row, float factor = 1)
    {
        if (!_scores.TryGetValue(row.Row.Document, out var own))
        {
            var labels = rows.SequenceLength(row.Row.Document) - 1;
            _scores[row.Row.Document] = own = [.. Enumerable.Range(0, targets)
                .Select(t => wanted?.Invoke(row.Row.Document, t) == false ? [] : Enumerable.Repeat(float.NaN, labels).ToArray())];
        }

        for (var t = 0; t < targets; t++)
        {
            if (own[t].Length == 0)
            {
                continue;
            }

            var at = own[t].AsSpan(row.Row.FirstLabel - 1, row.Scores[t].Length);
            for (var i = 0; i < at.Length; i++)
            {
                at[i] = (float.IsNaN(at[i]) ? 0 : at[i]) + factor * row.Scores[t][i];
            }
        }
    }

    /// <summary>Drops documents set apart: one with a row that isn't finite has no token scores at all.</summary>
    public void Remove(ExcludedLedger apart)
    {
        foreach (var document in _scores.Keys.Where(d => apart.Has(rows.IdOf(d))).ToList())
        {
            _scores.Remove(document);
        }
    }

    /// <summary>Replaces every document's scores, such as by a difference of targets.</summary>
    public TokenScoreTable Select(int newTargets, Func<float[][], float[][]> function)
    {
        var result = new TokenScoreTable(newTargets, rows);
        foreach (var (document, own) in _scores)
        {
            result._scores[document] = function(own);
        }

        return result;
    }

    /// <summary>Sum of a document's token scores for a target.</summary>
    public float Sum(int document, int target) =>
        _scores.TryGetValue(document, out var own) ? (float)own[target].Sum(s => (double)s) : float.NaN;

    /// <summary>The scores with their characters, in the corpus's order, a document's for one target together.</summary>
    /// <exception cref="BadInputException">A text no longer gives the tokens that were scored.</exception>
    public IEnumerable<TokenScore> Lines(ScoringSession session, IReadOnlyList<string?> names, CancellationToken cancellation)
    {
        var ordinal = 0;
        foreach (var document in session.Corpus.Documents())
        {
            cancellation.ThrowIfCancellationRequested();
            if (_scores.TryGetValue(ordinal++, out var own))
            {
                var spans = session.Surrogate.Tokenizer.EncodeWithSpans(document.Text);
                if (own.FirstOrDefault(scores => scores.Length > 0 && scores.Length != spans.Length + 1) is { } other)
                {
                    throw new BadInputException(
                        session.Corpus.Directory,
                        $"document {document.Id} gives {spans.Length} tokens, its tokenisation has {other.Length - 1}",
                        remedy: "Import the corpus again.");
                }

                for (var t = 0; t < targets; t++)
                {
                    foreach (var (i, score) in own[t].Index().Where(x => !float.IsNaN(x.Item)))
                    {
                        var (start, end) = i < spans.Length ? (spans[i].Start, spans[i].End) : (document.Text.Length, document.Text.Length);
                        yield return new TokenScore(document.Id, i + 1, start, end, score) { Query = names[t] };
                    }
                }
            }
        }
    }
}
