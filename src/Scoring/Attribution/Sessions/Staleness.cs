using Tda.Core.Drift;

namespace Tda.Scoring.Attribution.Sessions;

/// <summary>Goes by what `tda drift` last found of a surrogate: scores under a stale one explain what the closed model used to say.</summary>
internal static class Staleness
{
    /// <summary>Warns of a stale surrogate, or refuses it where the options say so.</summary>
    /// <exception cref="BadInputException">It is stale and not to be used; or its report is damaged.</exception>
    public static void Check(ScoringSession session, ScoringOptions options, IProgressSink progress)
    {
        if (DriftReport.Read(session.Surrogate.RootDirectory) is not { State: DriftState.Stale } report)
        {
            return;
        }

        if (options.RefuseStale)
        {
            throw new BadInputException(
                session.Surrogate.RootDirectory, $"this surrogate has gone stale. {report.Verdict}",
                remedy: "Distil it again and make the index again, or leave --refuse-stale out.");
        }

        progress.Message($"Warning: surrogate {session.Surrogate.Name} has gone stale. {report.Verdict}");
    }

    /// <summary>The same for a run's manifest; null where nobody has looked.</summary>
    public static DriftReport? Of(ScoringSession session) => DriftReport.Read(session.Surrogate.RootDirectory);
}
