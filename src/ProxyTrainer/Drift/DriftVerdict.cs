using Tda.Core.Drift;

namespace Tda.ProxyTrainer.Drift;

/// <summary>Puts what the tests found into a state and words.</summary>
internal static class DriftVerdict
{
    public static DriftReport On(DriftReport report, DriftOptions options)
    {
        var (state, words) = Judge(report, options);
        return report with { State = state, Verdict = words };
    }

    private static (DriftState State, string Words) Judge(DriftReport report, DriftOptions options)
    {
        var promptsChanged = report.Prompts?.CrossedAt is not null;
        if (report.Answers is { CrossedAt: { } at } crossed)
        {
            var found = Invariant($"Stale: the upstream's answers are not what the surrogate was distilled from. The e-value reached {crossed.EValue:F0} at answer {at:N0} of {report.New:N0} since, exchange {crossed.CrossedId} of {crossed.CrossedTime:yyyy-MM-dd HH:mm} UTC.");
            return (DriftState.Stale, found + (promptsChanged
                ? " The prompts changed too, so it may be the questions and not the upstream; the surrogate was distilled for neither. Compare the same prompts (a tag in --exchanges) to tell them apart."
                : " The prompts show no change. Distil again."));
        }

        if (report.New == 0)
        {
            return (DriftState.Unknown, Invariant($"Can't tell: no answer came since the surrogate was distilled, up to {report.Since:yyyy-MM-dd HH:mm} UTC."));
        }

        if (report.Reference == 0)
        {
            return (DriftState.Unknown, "Can't tell: the log holds none of the answers that the surrogate was distilled from.");
        }

        if (Math.Min(report.New, report.Reference) < options.Fewest)
        {
            return (DriftState.Unknown, Invariant($"Can't tell: {report.Reference:N0} answers from then and {report.New:N0} since; it takes {options.Fewest:N0} of each. Nothing so far speaks for a change (e-value {report.Answers!.EValue:G2})."));
        }

        return (DriftState.Fresh, Invariant($"Fresh: {report.New:N0} answers since show no change of the upstream (e-value {report.Answers!.EValue:G2}; {1 / report.Alpha:F0} would be one).")
            + (promptsChanged ? " The prompts have changed: the surrogate hasn't seen their like." : ""));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
