using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution;

/// <summary>
/// The models that explain: one, or an ensemble's members, each with its own session and method. One at a time is open, except that a
/// single model's stays so.
/// </summary>
internal sealed class MemberSessions : IDisposable
{
    private readonly AttributeOptions _options;
    private readonly IProgressSink _progress;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;
    private IOpenedMethod? _kept;
    private IReadOnlySet<int>? _ranked;

    public MemberSessions(AttributeOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation)
    {
        (_options, _progress, _time, _cancellation) = (options, progress, time, cancellation);
        First = ScoringSession.Open(options.Home, options.Index, options.BatchTokens, progress, cancellation);
        Method = options.Method ?? AttributionMethods.DefaultFor(First.Index.Info.Method);
        Count = options.Ensemble switch { null => 1, 0 => First.Surrogate.Members, { } asked => asked };
    }

    /// <summary>The first member's session.</summary>
    public ScoringSession First { get; }

    /// <summary>Name of the method.</summary>
    public string Method { get; }

    /// <summary>How many members explain.</summary>
    public int Count { get; }

    /// <summary>Names what the options ask for and isn't there, before any work.</summary>
    /// <exception cref="UsageException">Says what is missing.</exception>
    public void Require(IReadOnlyList<Query> queries)
    {
        AttributionMethods.Require(Method, First, _options.Options, queries);
        if (_options.Tokens)
        {
            AttributionMethods.RequireTokens(Method);
        }

        if (Count > First.Surrogate.Members)
        {
            throw new UsageException(
                $"Surrogate {First.Surrogate.Name} has {First.Surrogate.Members} model(s), the ensemble asked for {Count}. Distil it "
                + $"with --ensemble {Count}.");
        }

        if (_options.Calibration is { } calibration && calibration.Method != Method)
        {
            throw new UsageException(
                $"The calibration is of method {calibration.Method}, the run of {Method}: their scores have different scales.");
        }
    }

    /// <summary>Leaves all but some documents out.</summary>
    public void Rank(IReadOnlySet<int> documents)
    {
        _ranked = documents;
        First.Rank(documents.Contains);
    }

    /// <summary>Visits every member in order.</summary>
    public void ForEach(IReadOnlyList<Query> queries, Action<ScoringSession, IOpenedMethod> visit)
    {
        var entry = AttributionMethods.Find(Method);
        for (var member = 0; member < Count; member++)
        {
            if (member == 0)
            {
                var method = _kept ?? AttributionMethods.Open(Method, First, _options.Options, queries, _progress, _cancellation);
                if (Count == 1)
                {
                    _kept = method;
                }

                using var closing = Count == 1 ? null : method;
                visit(First, method);
                continue;
            }
            if (Method == CascadeMethod.MethodName && _options.Options.Cascade.Factors is { } factors)
            {
                MemberIndex.Ensure(_options.Home, factors, member, _progress, _time, _cancellation);
            }

            var own = entry.Index is not null || entry.Needs.HasFlag(MethodNeeds.Factors);
            if (own)
            {
                MemberIndex.Ensure(_options.Home, _options.Index, member, _progress, _time, _cancellation);
            }

            using var session = ScoringSession.Open(_options.Home, _options.Index, member, own, _options.BatchTokens, _progress, _cancellation);
            if (_ranked is not null)
            {
                session.Rank(_ranked.Contains);
            }

            using var other = AttributionMethods.Open(Method, session, _options.Options, queries, _progress, _cancellation);
            visit(session, other);
        }
    }

    public void Dispose()
    {
        _kept?.Dispose();
        First.Dispose();
    }
}
