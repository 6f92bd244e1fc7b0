using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Attribution.Sessions;

/// <summary>An index with the surrogate and the corpus it was made of, all checked to be the same as then.</summary>
public sealed class ScoringSession : IDisposable
{
    private ScoringSession(TdaHome home, IndexDirectory index, OpenedSurrogate surrogate, Corpus corpus, CorpusRows rows, GradientCapture capture) =>
        (Home, Index, Surrogate, Corpus, Rows, Capture, Ranked) = (home, index, surrogate, corpus, rows, capture, rows);

    /// <summary>Where it was opened.</summary>
    public TdaHome Home { get; }

    /// <summary>The index.</summary>
    public IndexDirectory Index { get; }

    /// <summary>The surrogate.</summary>
    public OpenedSurrogate Surrogate { get; }

    /// <summary>The corpus.</summary>
    public Corpus Corpus { get; }

    /// <summary>Its rows, all N of them: what curvature is a mean over.</summary>
    public CorpusRows Rows { get; }

    /// <summary>The rows to score: all, or those of the documents that a prefilter left (<see cref="Rank"/>).</summary>
    public IRowSource Ranked { get; private set; }

    /// <summary>Gradients of the surrogate.</summary>
    public GradientCapture Capture { get; private set; }

    /// <summary>
    /// Opens an index by name; of another member of the surrogate's ensemble the index of its own that <see cref="MemberIndex"/> keeps, or,
    /// for methods that read nothing of an index but its corpus, the first member's.
    /// </summary>
    /// <param name="home">Where indexes are.</param>
    /// <param name="indexName">The first member's index.</param>
    /// <param name="batchTokens">Tokens a batch; fewer where there is no memory for as many.</param>
    /// <param name="progress">Says what is opened.</param>
    /// <param name="cancellation">Stops.</param>
    /// <param name="member">From 0.</param>
    /// <param name="ownIndex">Whether the index must be of that member's weights.</param>
    /// <exception cref="BadInputException">The index, its surrogate or its corpus is missing, damaged or no longer the same: says
    /// which.</exception>
    public static ScoringSession Open(
        TdaHome home, string indexName, int batchTokens, IProgressSink progress, CancellationToken cancellation, int member = 0,
        bool ownIndex = true)
    {
        var index = IndexDirectory.Open(ownIndex ? MemberIndex.DirectoryOf(home, indexName, member) : home.IndexDirectory(indexName));
        var surrogate = OpenedSurrogate.Open(home, index.Info.Surrogate, member, index.Info.Parameters);
        try
        {
            // A tokenizer is named before the weights: with another one, every token id means something else.
            Same(index.Info.TokenizerHash, surrogate.Tokenizer.Hash, surrogate.Directory, "tokenizer", index);
            if (ownIndex)
            {
                Same(index.Info.SurrogateHash, surrogate.WeightsHash, surrogate.Directory, "weights", index);
            }

            var corpus = Corpus.Open(home.CorpusDirectory(index.Info.Corpus), verify: false);
            Same(index.Info.CorpusHash, corpus.ContentHash, corpus.Directory, "documents", index);
            cancellation.ThrowIfCancellationRequested();
            var tokens = TokenizedCorpus.Open(corpus.Directory, surrogate.Tokenizer.Hash, verify: false);
            var rows = new CorpusRows(corpus, tokens, index.Info.Context);
            var tokensAtOnce = BatchPlan.Capture(surrogate.Model, rows.LongestRow, batchTokens, progress, index.Info.Track);
            var capture = new GradientCapture(
                Captured(surrogate, index), new CaptureOptions { BatchTokens = tokensAtOnce, Seed = index.Info.Seed });
            progress.Message($"Index {Path.GetRelativePath(home.IndexesDirectory, index.Directory)}: {rows.DocumentCount} documents of corpus {corpus.Name}, surrogate {surrogate.Name}{(surrogate.Number == 0 ? "" : $" (member {surrogate.Number})")}.");
            return new ScoringSession(home, index, surrogate, corpus, rows, capture);
        }
        catch
        {
            surrogate.Dispose();
            throw;
        }
    }

    /// <summary>Encodes queries for this surrogate.</summary>
    /// <param name="includeEnd">Whether the EOS after a completion carries loss.</param>
    public QueryEncoder Encoder(bool includeEnd) => new(Surrogate.Tokenizer, Capture.Model.MaxPositions, includeEnd);

    /// <summary>Leaves out of <see cref="Ranked"/> the documents that aren't to be scored.</summary>
    public void Rank(Func<int, bool> keep) => Ranked = new RowFilter(Rows, keep);

    /// <summary>Keeps from now on what passes over documents come to; for methods opened after it.</summary>
    public void Keep(BatchJournal journal) => Capture = Capture.With(options => options with { Journal = journal });

    /// <summary>Keeps no more: for passes that aren't part of the question.</summary>
    public void StopKeeping() => Capture = Capture.With(options => options with { Journal = null });

    /// <inheritdoc/>
    public void Dispose()
    {
        Rows.Dispose();
        Surrogate.Dispose();
    }

    /// <summary>A surrogate captured by the layers that an index tracks.</summary>
    /// <exception cref="BadInputException">It hasn't these layers.</exception>
    internal static LanguageModelCapture Captured(OpenedSurrogate surrogate, IndexDirectory index)
    {
        var captured = new LanguageModelCapture(surrogate.Model, index.Info.Track);
        return captured.Modules.SequenceEqual(index.Info.Modules) ? captured : throw new BadInputException(
            Path.Combine(index.Directory, Manifest.FileName),
            $"its {index.Info.Modules.Count} tracked layers aren't the {captured.Modules.Count} that surrogate {surrogate.Name} has",
            remedy: "Make the index again with tda index.");
    }

    internal static void Same(string expected, string actual, string path, string what, IndexDirectory index)
    {
        if (expected != actual)
        {
            throw new BadInputException(
                path,
                $"its {what} have changed since index {Path.GetFileName(index.Directory)} was made (hash {actual[..Math.Min(12, actual.Length)]}, the index has {expected[..Math.Min(12, expected.Length)]})",
                remedy: "Make the index again with tda index.");
        }
    }
}
