using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Methods;

/// <summary>
/// An attribution method as <see cref="AttributionMethods"/> lists it: what it is, what it needs, what it can do, and how it is built. A
/// method's file holds its entry.
/// </summary>
public sealed record AttributionMethod
{
    /// <summary>Name on the command line and in manifests.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of method it is.</summary>
    public required MethodFamily Family { get; init; }

    /// <summary>One line for <c>--methods</c> and docs.</summary>
    public required string Summary { get; init; }

    /// <summary>What it can't do without. Default: a trained model and the documents.</summary>
    public MethodNeeds Needs { get; init; }

    /// <summary>
    /// The kind of index that it reads when it runs over one. Null (default): it reads nothing of an index but the corpus's name.
    /// </summary>
    public IndexMethod? Index { get; init; }

    /// <summary>Whether it scores tokens. Default false.</summary>
    public bool Tokens { get; init; }

    /// <summary>Whether its scores are sums over layers that it can give one by one. Default false.</summary>
    public bool Layers { get; init; }

    /// <summary>Whether it hands scores on document by document, so that targets × documents need not be held. Default false.</summary>
    public bool Streaming { get; init; }

    /// <summary>Whether score / N is a change of loss in nats, as it is wherever a damped curvature is used. Default true.</summary>
    public bool HasUnit { get; init; } = true;

    /// <summary>
    /// Where a score is nats itself and N is 1, the manifest's sentence on what those are. Null (default): score / N is nats at most, by
    /// <see cref="HasUnit"/>.
    /// </summary>
    public string? Nats { get; init; }

    /// <summary>Whether it looks at the model at all; a method that doesn't explains any model alike. Default true.</summary>
    public bool UsesModel { get; init; } = true;

    /// <summary>
    /// Builds it from rows, fitting what must be fitted; the context stays the caller's. Null: it runs over an index only.
    /// </summary>
    public Func<MethodSetup, IInfluence>? Create { get; init; }

    /// <summary>Opens it over an index in a way of its own. Null (default): <see cref="Create"/> over the index's documents.</summary>
    public Func<ScoringSession, MethodOptions, IOpenedMethod>? Open { get; init; }

    /// <summary>
    /// Names of the methods that it runs as parts of itself, by its options; what those need is needed too. Null (default): none.
    /// </summary>
    public Func<MethodOptions, IReadOnlyList<string>>? Inner { get; init; }

    /// <summary>Checks of its own before any work over an index. Null (default): none.</summary>
    public Action<ScoringSession, MethodOptions>? Check { get; init; }
}

/// <summary>Families of methods, a folder each.</summary>
public enum MethodFamily
{
    /// <summary>Influence functions at one checkpoint: the query's gradient through an inverse curvature.</summary>
    InfluenceFunctions,

    /// <summary>Gradients along a training run.</summary>
    Trajectory,

    /// <summary>Randomly or principally projected gradients.</summary>
    Projected,

    /// <summary>Losses, hidden states and chance: no gradient at scoring time.</summary>
    Losses,

    /// <summary>Words, and what is fused with them.</summary>
    Lexical,

    /// <summary>Several methods one after the other.</summary>
    Cascade,

    /// <summary>Losses measured after retraining, corrected priors among them.</summary>
    Measured,
}

/// <summary>What a method can't do without; what is missing is named before any work starts.</summary>
[Flags]
public enum MethodNeeds
{
    /// <summary>A trained model and the documents.</summary>
    None = 0,

    /// <summary>EK-FAC factors of the documents: those of an index, or fitted anew.</summary>
    Factors = 1,

    /// <summary>Checkpoints of the training run, with their learning rates.</summary>
    Checkpoints = 2,

    /// <summary>The optimiser's second moments in every checkpoint (AdamW).</summary>
    SecondMoments = 4,

    /// <summary>Several models trained alike but for seed or data.</summary>
    Ensemble = 8,

    /// <summary>The texts of documents and queries.</summary>
    Text = 16,

    /// <summary>A dense matrix of all tracked weights squared: small models only.</summary>
    SmallModel = 32,

    /// <summary>The queries' losses after retrainings on subsets of the documents: a bank.</summary>
    Outcomes = 64,

    /// <summary>The training itself, to be taken again step by step: a surrogate distilled here, its corpus and its answers.</summary>
    Training = 128,
}
