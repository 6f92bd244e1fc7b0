using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Selection;

/// <summary>
/// Data selection with importance resampling (DSIR, Xie et al. 2023, 2302.03169): keeps the documents whose words are those of a target.
/// <list type="number">
/// <item>Count the words and pairs of the target, and of the documents.</item>
/// <item>A document's log weight is <c>Σ log p_target − log p_raw</c> over its words and pairs.</item>
/// <item>Keep the heaviest within the budget of words; with a seed, Gumbel noise is added first, which draws without replacement in
/// proportion to the weights.</item>
/// </list>
/// What influence is to be compared with: it knows no model.
/// </summary>
/// <param name="options">How.</param>
/// <param name="target">The target's texts; read once a run.</param>
/// <param name="inputs">What the target is, and its hash.</param>
public sealed class DsirStage(DsirOptions options, Func<IEnumerable<string>> target, IReadOnlyDictionary<string, string> inputs) : ICurationStage
{
    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "dsir", "Keeps the documents whose words are those of a target (importance weights of words and pairs).",
        "target CORPUS or target_queries FILE, share .5, seed none, per_word false, buckets 10000", Make);

    /// <inheritdoc/>
    public string Rule { get; } = FormattableString.Invariant(
        $"dsir: {options.Share} of the words, {(options.Seed is { } seed ? $"drawn with seed {seed}" : "the heaviest")}{(options.PerWord ? ", by weight a word" : "")}, {options.Buckets} buckets");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Inputs => inputs;

    /// <inheritdoc/>
    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        // 1. Both profiles.
        var (wanted, raw) = (new NgramProfile(options.Buckets), new NgramProfile(options.Buckets));
        foreach (var text in target())
        {
            context.Cancellation.ThrowIfCancellationRequested();
            wanted.Add(text);
        }

        foreach (var document in documents.Pass(context, "dsir: counting"))
        {
            raw.Add(document.Text);
        }

        // 2. Weights; of a document only they are kept.
        var ratios = NgramProfile.LogRatios(wanted, raw);
        var weighed = new List<SizedDocument>(documents.Count);
        foreach (var document in documents.Pass(context, "dsir: weighing"))
        {
            var (weight, words) = NgramProfile.Weigh(document.Text, ratios);
            weighed.Add(new SizedDocument(document.Id, (options.PerWord ? weight / Math.Max(1, words) : weight) + Noise(document.Id), words));
        }

        // 3. The budget.
        return BudgetSelector.Drop(weighed, options.Share, Rule);
    }

    // By the document's id, so that another order of documents draws the same.
    private double Noise(string id) => options.Seed is { } seed ? -Math.Log(-Math.Log(Math.Max(SplitMix64.Of(seed, id).NextDouble(), 1e-300))) : 0;

    private static DsirStage Make(StageOptions given, StageServices services)
    {
        var options = new DsirOptions
        {
            Share = given.Number("share", 0.5, 0, 1),
            Seed = given.CountOrNone("seed"),
            PerWord = given.Flag("per_word", false),
            Buckets = given.Count("buckets", 10_000, 100, 10_000_000),
        };
        var (corpus, queries) = (given.Text("target"), given.Path("target_queries"));
        if ((corpus is null) == (queries is null))
        {
            given.Fail("target", "name one target, a corpus (target) or a file of answers (target_queries)");
            return new DsirStage(options, () => [], new Dictionary<string, string>());
        }

        if (queries is not null)
        {
            return new DsirStage(
                options, () => QueryFile.Read(queries).Select(query => query.Completion), new Dictionary<string, string>
                {
                    [Path.GetFileName(queries)] = File.Exists(queries) ? Hashing.Sha256File(queries) : "",
                });
        }

        var directory = StageArtifacts.Find(given, "target", services, home => home.CorpusDirectory(corpus!));
        return new DsirStage(
            options, () => Corpus.Open(directory!).Documents().Select(document => document.Text), StageArtifacts.Inputs(directory));
    }
}

/// <summary>How <see cref="DsirStage"/> chooses.</summary>
public sealed record DsirOptions
{
    /// <summary>Most of the documents' words that are kept, as a share, 0 to 1; default .5.</summary>
    public double Share { get; init; } = 0.5;

    /// <summary>Seed of the draw; null (default): the heaviest, without chance.</summary>
    public int? Seed { get; init; }

    /// <summary>
    /// Whether a weight is divided by the document's words. Default no, as in the paper, whose documents are of one length: of unequal ones the
    /// longest have the largest weights, and the smallest.
    /// </summary>
    public bool PerWord { get; init; }

    /// <summary>Buckets that words and pairs are hashed into, 100 to 10,000,000; default 10,000.</summary>
    public int Buckets { get; init; } = 10_000;
}
