using Tda.Core.Scores;
using Tda.Scoring.Curvature;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>How a run's scores were made, for its manifest and its queries.</summary>
internal sealed record RunFacts(
    string Method, IReadOnlyList<double> Damping, long N, double DampingFactor, Normalisation Normalisation, TokenDefinition? Tokens,
    string Index, string Command)
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

    /// <summary>Whether score / N is a change of loss in nats: only where a damped curvature turned gradients into one.</summary>
    public bool HasUnit => Normalisation == Normalisation.None && Damping.Any(d => d > 0) && Method is not ("trak" or FusedInfluence.MethodName);

    /// <summary>Facts of a method.</summary>
    public static RunFacts Of(IAttributionMethod method, double dampingFactor, Normalisation normalisation, TokenDefinition? tokens, string index, string command) =>
        new(method.Name, method.Damping, method.N, dampingFactor, normalisation, tokens, index, command);
}
