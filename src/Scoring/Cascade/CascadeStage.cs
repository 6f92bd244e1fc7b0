namespace Tda.Scoring.Cascade;

/// <summary>What a stage of a cascade did.</summary>
/// <param name="Name">Its method.</param>
/// <param name="Candidates">Documents it ranked, over all targets together.</param>
/// <param name="Kept">Documents it passed on, over all targets together.</param>
/// <param name="Recall">How much of the next stage's ranking it passed on; null for the last.</param>
public sealed record CascadeStage(string Name, int Candidates, int Kept, StageRecall? Recall);
