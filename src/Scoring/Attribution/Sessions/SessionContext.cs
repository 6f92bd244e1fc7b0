using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Methods.Trajectory;

namespace Tda.Scoring.Attribution.Sessions;

/// <summary>
/// What a session has for a method that is built from an <see cref="InfluenceContext"/>. Owns what it opens; the session stays the
/// caller's.
/// </summary>
internal sealed class SessionContext : IDisposable
{
    private readonly List<IDisposable> _opened = [];

    /// <param name="session">The session.</param>
    /// <param name="needs">What the method needs: only that is opened.</param>
    /// <param name="queries">The queries that will be asked.</param>
    /// <param name="factors">Whether an EK-FAC index's factors are to be read.</param>
    /// <param name="options">The method's options, which name the banks of one that needs outcomes; null: none does.</param>
    public SessionContext(ScoringSession session, MethodNeeds needs, IReadOnlyList<Query>? queries, bool factors, MethodOptions? options = null)
    {
        var texts = new Lazy<string[]>(() => [.. session.Corpus.Documents().Select(d => d.Text)]);
        Context = new InfluenceContext
        {
            Capture = session.Capture,
            Documents = session.Rows,
            DocumentText = d => texts.Value[d],
            QueryTexts = queries,
            Trajectory = Trajectory(session),
            Factors = factors ? Factors(session) : null,
            Ensemble = needs.HasFlag(MethodNeeds.Ensemble) ? Ensemble(session) : [],
            Outcomes = needs.HasFlag(MethodNeeds.Outcomes) && options?.Datamodel.Banks is { Count: > 0 } banks
                ? BankOutcomes.Read(session.Home, banks, session.Index.Info.CorpusHash, queries)
                : null,
            Sources = session.Rows.Sources,
            Seed = session.Index.Info.Seed,
        };
    }

    /// <summary>What methods are built from.</summary>
    public InfluenceContext Context { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in _opened)
        {
            one.Dispose();
        }
    }

    // A model folder from elsewhere has no training report, and so no trajectory; and a training of adapters was none of the merged weights.
    private static IReadOnlyList<TrajectoryPoint> Trajectory(ScoringSession session)
    {
        var surrogate = session.Surrogate;
        return surrogate.Parameters != ModelParameters.Merged && File.Exists(Path.Combine(surrogate.RootDirectory, Manifest.FileName)) && Surrogate.Open(surrogate.RootDirectory, verify: false) is { IsDistilled: true } distilled
            ? SurrogateTrajectory.Of(distilled, surrogate.Number, session.Rows, session.Capture.Options, session.Index.Info.Track)
            : [];
    }

    // Factors of other weights are none: the method fits its own.
    private EkfacFactors? Factors(ScoringSession session)
    {
        if (session.Index.Info.Method != IndexMethod.Ekfac || session.Index.Info.SurrogateHash != session.Surrogate.WeightsHash)
        {
            return null;
        }

        var factors = session.Index.Factors();
        _opened.Add(factors);
        return factors;
    }

    private List<GradientCapture> Ensemble(ScoringSession session)
    {
        var captures = new List<GradientCapture> { session.Capture };
        for (var member = 1; member < session.Surrogate.Members; member++)
        {
            var other = session.Surrogate.Member(member);
            _opened.Add(other);
            captures.Add(new GradientCapture(new LanguageModelCapture(other.Model, session.Index.Info.Track), session.Capture.Options));
        }
        return captures;
    }
}
