namespace Tda.Curation.Plans;

/// <summary>What a dry run shows.</summary>
/// <param name="Summary">What each stage would do.</param>
/// <param name="Stopped">Why the plan would be stopped before its end; null where it wouldn't.</param>
/// <param name="Samples">Some documents for every reason.</param>
public sealed record CurationPreview(CurationSummary Summary, string? Stopped, IReadOnlyList<StageSample> Samples)
{
    /// <summary>The samples of one reason of a stage.</summary>
    public IEnumerable<StageSample> Of(StageSummary stage, ReasonSummary reason) => Samples.Where(sample =>
        sample.Decision.Stage == stage.Stage && sample.Decision.Action == reason.Action && (sample.Decision.Reason ?? stage.Kind) == reason.Reason);
}
