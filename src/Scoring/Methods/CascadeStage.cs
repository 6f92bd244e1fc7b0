using System.Globalization;

namespace Tda.Scoring.Methods;

/// <summary>What a stage of a cascade did.</summary>
/// <param name="Name">Its method.</param>
/// <param name="Candidates">Documents it ranked, over all targets together.</param>
/// <param name="Kept">Documents it passed on, over all targets together.</param>
/// <param name="Recall">How much of the next stage's ranking it passed on; null for the last, and where no sample was asked for.</param>
public sealed record CascadeStage(string Name, int Candidates, int Kept, StageRecall? Recall)
{
    /// <summary>One line for people.</summary>
    /// <param name="next">The stage after it; null for the last.</param>
    public string Text(CascadeStage? next) => next is null
        ? string.Create(CultureInfo.InvariantCulture, $"{Name} scored {Candidates:N0} documents")
        : string.Create(CultureInfo.InvariantCulture, $"{Name} passed on {Kept:N0} of {Candidates:N0} documents; {Recalled(next)}");

    private string Recalled(CascadeStage next) => Recall is not { } r
        ? "its recall is not known: no sample was asked for"
        : string.Create(
            CultureInfo.InvariantCulture, $"of {next.Name}'s best {r.Top} these are {r.Value:P0} ({(r.Exact ? "exact" : $"estimated from {r.Sample} others")})");
}
