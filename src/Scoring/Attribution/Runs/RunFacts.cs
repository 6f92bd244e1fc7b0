using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>How a run's scores were made, for its manifest and its queries.</summary>
internal sealed record RunFacts(
    string Command, string Method, IReadOnlyList<double> Damping, long N, Normalisation Normalisation, TokenDefinition? Tokens)
{
    /// <summary>Models whose scores were averaged.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Certificates by row; null where none was measured.</summary>
    public IReadOnlyList<AnswerFidelity?> Fidelity { get; init; } = [];

    /// <summary>The threshold; null where nothing is certified.</summary>
    public double? MinFidelity { get; init; }

    /// <summary>What the program abstained from.</summary>
    public IReadOnlyList<ExplainedQuery> Abstained { get; init; } = [];

    /// <summary>What decided which documents are scored.</summary>
    public PrefilterOptions? Prefilter { get; init; }

    /// <summary>Documents it left out.</summary>
    public int LeftOut { get; init; }

    /// <summary>The calibration applied.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>Scores by layer, of the run's rows.</summary>
    public LayerScores? Layers { get; init; }

    /// <summary>What a cascade's stages did, a list a member; else empty.</summary>
    public IReadOnlyList<IReadOnlyList<CascadeStage>> Stages { get; init; } = [];

    /// <summary>Half widths of the scores' intervals, of the run's rows; null where the method has none.</summary>
    public ScoreMatrix? HalfWidths { get; init; }

    /// <summary>What the method itself has to say (<see cref="IInfluence.Facts"/>), of the first member; in the manifest by the method's name.</summary>
    public object? Own { get; init; }

    /// <summary>What checks of the order found; null: none were made.</summary>
    public Trust.RunTrust? Trust { get; init; }

    /// <summary>What a score itself is, in nats; null: only score / N may be (<see cref="AttributionMethod.Nats"/>).</summary>
    public string? Nats => Normalisation == Normalisation.None ? AttributionMethods.Find(Method).Nats : null;

    /// <summary>
    /// Whether score / N is a change of loss in nats: only where a damped curvature turned gradients into one, or the method says that it is.
    /// </summary>
    public bool HasUnit => Nats is not null
        || (Normalisation == Normalisation.None && Damping.Any(d => d > 0) && AttributionMethods.Find(Method).HasUnit);

    /// <summary>How much of the surrogate the method sees; null of a method that takes no gradient of its loss, or retrains it.</summary>
    public ParameterCoverage? Coverage { get; init; }

    /// <summary>The same of a method over a session. A training that is replayed is that of all weights.</summary>
    public static ParameterCoverage? CoverageOf(string method, ScoringSession session) =>
        session.Capture.Model is not LanguageModelCapture { Coverage: var coverage } ? null : AttributionMethods.Find(method) switch
        {
            { Family: MethodFamily.Lexical or MethodFamily.Losses, Inner: null } or { Family: MethodFamily.Measured } => null,
            { Needs: MethodNeeds.Training } => coverage with { Tracked = coverage.All },
            _ => coverage,
        };
}

/// <summary>What was set apart in a run, each named once.</summary>
internal sealed class ExcludedLedger
{
    private readonly Dictionary<(string Kind, string Id), ExcludedDocument> _entries = [];

    /// <summary>All of it.</summary>
    public IReadOnlyCollection<ExcludedDocument> Entries => _entries.Values;

    /// <summary>Documents set apart.</summary>
    public int Documents => _entries.Keys.Count(k => k.Kind == "document");

    /// <summary>Whether a document was set apart.</summary>
    public bool Has(string id) => _entries.ContainsKey(("document", id));

    public void Add(ExcludedDocument entry) => _entries.TryAdd((entry.Stage == "query" ? "query" : "document", entry.Id), entry);

    /// <summary>A target that has lost all its queries explains nothing: that is a failure, not a row of zeros.</summary>
    /// <exception cref="TdaException">Names the target.</exception>
    public void RequireTargets(QuerySet queries)
    {
        foreach (var target in queries.Targets)
        {
            if (target.Members.All(q => _entries.ContainsKey(("query", queries.Queries[q].Id))))
            {
                var reason = target.Members.Count == 0 ? ExcludedDocument.NotFinite : _entries[("query", queries.Queries[target.Members[0]].Id)].Reason;
                throw new TdaException(
                    $"No query of '{target.Id}' can be explained: {reason}."
                    + (reason == ExcludedDocument.NotFinite ? " The surrogate may have diverged; check its training.json." : ""));
            }
        }
    }
}
