using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>A surrogate's fidelity in a few lines, as `distill` and `evaluate fidelity` print it.</summary>
internal static class FidelityText
{
    /// <summary>What was measured, each figure with its interval; lines of figures that there are none of are left out.</summary>
    public static IEnumerable<string> Lines(FidelityResult fidelity)
    {
        var intervals = fidelity.Intervals;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"held-out answers ({fidelity.Answers}): {fidelity.NatsPerToken:F3} nats/token (perplexity {fidelity.Perplexity:F1})");
        yield return string.Create(
            CultureInfo.InvariantCulture, $"  unigram {fidelity.UnigramNatsPerToken:F3}, untrained {fidelity.UntrainedNatsPerToken:F3} nats/token");
        if (fidelity.NatsPerByte is { } perByte)
        {
            yield return Figure("nats/byte", perByte, intervals?.NatsPerByte, "");
        }

        if (fidelity.KlPerRun is { } kl)
        {
            yield return Figure("KL to its log-probabilities", kl, intervals?.KlPerRun, $" nats, {fidelity.KlRuns:N0} runs");
        }

        if (fidelity.TopAgreement is { } agreement)
        {
            yield return Figure("top-1 agreement", agreement, intervals?.TopAgreement, $", {fidelity.TopCompared:N0} tokens");
        }

        if (fidelity.RankCorrelation is { } correlation)
        {
            yield return Figure("rank correlation", correlation, intervals?.RankCorrelation, $", {fidelity.RankedAnswers:N0} answers");
        }
    }

    private static string Figure(string name, double value, Interval? interval, string over) => string.Create(
        CultureInfo.InvariantCulture,
        $"  {name} {value:F3}{(interval is null ? "" : string.Create(CultureInfo.InvariantCulture, $" [{interval.Low:F3}, {interval.High:F3}]"))}{over}");
}
