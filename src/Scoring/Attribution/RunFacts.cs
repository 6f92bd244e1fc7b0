using Tda.Scoring.Methods;
using Tda.Scoring.Tokens;

namespace Tda.Scoring.Attribution;

/// <summary>How a run's scores were made, for its manifest.</summary>
internal sealed record RunFacts(
    IAttributionMethod Method, double DampingFactor, Normalisation Normalisation, TokenDefinition? Tokens, string Index, string Command);
