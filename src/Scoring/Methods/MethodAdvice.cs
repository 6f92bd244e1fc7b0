namespace Tda.Scoring.Methods;

/// <summary>When to take a method, what it costs, and how well it predicted retraining. Side by side, since advice is comparison.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Cost">What it costs, beside the surrogate itself.</param>
/// <param name="When">When to take it, in a line.</param>
public sealed record MethodAdvice(string Method, MethodCost Cost, string When)
{
    /// <summary>Advice on every method, in the registry's order.</summary>
    public static IReadOnlyList<MethodAdvice> All { get; } =
    [
        new("grad-dot", MethodCost.Pass, "a quick look without an index's curvature; token scores"),
        new("grad-cos", MethodCost.Pass, "grad-dot where long documents crowd the top"),
        new("ekfac", MethodCost.Curvature, "take this first, with --ensemble where five surrogates can be trained"),
        new("kfac", MethodCost.Curvature, "only to see what EK-FAC's correction brings"),
        new("explicit", MethodCost.Dense, "models of a few thousand weights: what the others approximate"),
        new("cg", MethodCost.Solver, "a few queries, when EK-FAC's approximation is doubted"),
        new("lissa", MethodCost.Solver, "to compare with papers that use it"),
        new("arnoldi", MethodCost.Solver, "to compare with papers that use it"),
        new("datainf", MethodCost.Curvature, "to compare with papers that use it"),
        new("astra", MethodCost.Solver, "a few queries that matter: goes on from EK-FAC's answer, at many times its cost"),
        new("astra-cg", MethodCost.Solver, "as astra, by conjugate gradients"),
        new("tracin", MethodCost.Checkpoints, "when what was learned early matters and checkpoints were kept"),
        new("source", MethodCost.Checkpoints, "surrogates far from convergence, or trained in stages"),
        new("source-adam", MethodCost.Checkpoints, "source, where AdamW trained the surrogate"),
        new("astra-source", MethodCost.Checkpoints, "source for a few queries that matter"),
        new("replay", MethodCost.Trainings, "what a document's weight did in this very training, exactly; a few queries or sets of them"),
        new("logra", MethodCost.Index, "corpora too large to score anew for every query: made once, asked often"),
        new("logra-pca", MethodCost.Index, "logra at a small rank"),
        new("lorif", MethodCost.Index, "logra where its index is too large for the disk"),
        new("trackstar", MethodCost.Index, "answers that state facts, and documents that state them too"),
        new("less", MethodCost.Checkpoints, "to choose documents for a task (stage select), where AdamW trained the surrogate"),
        new("trak", MethodCost.Index, "many models at hand; of one model it is weak"),
        new("loss-covariance", MethodCost.Models, "many surrogates at hand, and gradients not"),
        new("loss-covariance-perturbed", MethodCost.Forward, "as loss-covariance, of one surrogate"),
        new("hidden-cosine", MethodCost.Forward, "near texts, whatever the training did with them"),
        new("random", MethodCost.Words, "the floor that others are compared with"),
        new("bm25", MethodCost.Words, "first look, no surrogate; copies and near copies"),
        new("tfidf", MethodCost.Words, "as bm25, where common words drown the rest"),
        new("ngram", MethodCost.Words, "the floor of every comparison: what word sequences alone explain; millions of documents, token scores"),
        new("fused", MethodCost.Curvature, "ekfac and words together: one surrogate, answers that quote"),
        new("cascade", MethodCost.Index, "a large corpus, and EK-FAC for what is left of it"),
        new("datamodel", MethodCost.Retrainings, "answers that matter: measures instead of estimating, and says how sure it is"),
    ];

    /// <summary>Advice on a method.</summary>
    public static MethodAdvice Of(string method) => All.Single(advice => advice.Method == method);
}

/// <summary>What a method costs, cheapest first.</summary>
public enum MethodCost
{
    /// <summary>Nothing: no model is asked.</summary>
    Words,

    /// <summary>Forward passes over documents and queries.</summary>
    Forward,

    /// <summary>A forward and backward pass over every document for each run.</summary>
    Pass,

    /// <summary>Such a pass once, when the index is made; then its rows are read.</summary>
    Index,

    /// <summary>The same, and two more, once, to fit the curvature.</summary>
    Curvature,

    /// <summary>A pass for each checkpoint.</summary>
    Checkpoints,

    /// <summary>Several models to train.</summary>
    Models,

    /// <summary>The surrogate's training, several times over, and about twice again for every query.</summary>
    Trainings,

    /// <summary>Many passes over the documents for every query.</summary>
    Solver,

    /// <summary>Tens to hundreds of surrogates to train, on halves of the documents.</summary>
    Retrainings,

    /// <summary>A matrix of all weights squared.</summary>
    Dense,
}

/// <summary>
/// A linear datamodelling score measured on a bank of retrained models: the one place where the program cites figures. Each stands in the
/// named file of <c>bench/results</c>; a test holds them together.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Scenario">What was known of the closed model, S0 to S5.</param>
/// <param name="Members">Models whose scores were averaged.</param>
/// <param name="Value">Mean over queries.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="File">The results file, without its ending.</param>
public sealed record MeasuredLds(string Method, string Scenario, int Members, double Value, double Low, double High, string File)
{
    /// <summary>Name of the line in a file of routes; null in a file of grades.</summary>
    public string? Route { get; init; }

    /// <summary>On the bank of texts: 300 mails and speeches, 64 random halves of them, 40 answers. Noise ceiling .85, random about 0.</summary>
    public static IReadOnlyList<MeasuredLds> Texts { get; } =
    [
        new("fused", "S0", 1, .406, .340, .460, "bank-text-methods"),
        new("ekfac", "S0", 1, .383, .316, .434, "bank-text-methods"),
        new("kfac", "S0", 1, .325, .257, .382, "bank-text-methods"),
        new("tfidf", "S0", 1, .227, .149, .309, "bank-text-methods"),
        new("bm25", "S0", 1, .219, .145, .299, "bank-text-methods"),
        new("datainf", "S0", 1, .203, .139, .261, "bank-text-methods"),
        new("grad-cos", "S0", 1, .171, .096, .232, "bank-text-methods"),
        new("grad-dot", "S0", 1, .168, .096, .230, "bank-text-methods"),
        new("logra-pca", "S0", 1, .134, .062, .201, "bank-text-methods"),
        new("logra", "S0", 1, .131, .063, .196, "bank-text-methods"),
        new("trackstar", "S0", 1, .123, .048, .196, "bank-text-methods"),
        new("hidden-cosine", "S0", 1, .113, .039, .184, "bank-text-methods"),
        new("trak", "S0", 1, .092, .025, .159, "bank-text-methods"),
        new("lorif", "S0", 1, .044, -.018, .110, "bank-text-methods"),
        new("random", "S0", 1, -.003, -.065, .068, "bank-text-methods"),
        new("ekfac", "S1", 5, .379, .316, .428, "bank-text"),
        new("tracin", "S1", 5, .229, .149, .292, "bank-text"),
        new("logra", "S1", 5, .202, .137, .255, "bank-text"),
        new("ekfac", "S2", 5, .501, .437, .544, "bank-text"),
        new("logra", "S2", 5, .247, .180, .306, "bank-text"),
        new("ekfac", "S3", 5, .299, .232, .352, "bank-text"),
        new("bm25", "S3", 5, .219, .145, .299, "bank-text"),
        new("grad-dot", "S3", 5, .196, .129, .256, "bank-text"),
        new("logra", "S3", 5, .179, .105, .243, "bank-text"),
        new("ekfac", "S4", 5, .331, .263, .388, "bank-text-s4"),
        new("grad-dot", "S4", 5, .186, .116, .249, "bank-text-s4"),
        new("ekfac", "S4", 7, .362, .293, .418, "bank-text-routes") { Route = "mixed-one-each" },
        new("ekfac", "S5", 5, .351, .283, .408, "bank-text-routes") { Route = "untrained" },
    ];

    /// <summary>What was measured of a method in a scenario; null: nothing was.</summary>
    public static MeasuredLds? Of(string method, string scenario) => Texts.FirstOrDefault(lds => lds.Method == method && lds.Scenario == scenario);
}
