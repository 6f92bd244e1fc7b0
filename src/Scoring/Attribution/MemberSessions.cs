using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution;

/// <summary>
/// The models that explain: one, or an ensemble's members, each with its own session and method. One at a time is open, except that a
/// single model's stays so.
/// </summary>
internal sealed class MemberSessions(AttributeOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation)
    : IDisposable
{
    private IOpenedMethod? _only;
    private IReadOnlySet<int>? _ranked;
    private BatchJournal? _journal;

    /// <summary>The first member's session.</summary>
    public ScoringSession First { get; } = ScoringSession.Open(options.Home, options.Index, options.BatchTokens, progress, cancellation);

    /// <summary>Name of the method.</summary>
    public string Method => options.Method ?? AttributionMethods.DefaultFor(First.Index.Info.Method);

    /// <summary>How many members explain.</summary>
    public int Count => options.Ensemble switch { null => 1, 0 => First.Surrogate.Members, { } asked => asked };

    /// <summary>Names what the options ask for and isn't there, before any work.</summary>
    /// <exception cref="UsageException">Says what is missing.</exception>
    public void Require(IReadOnlyList<Query> queries)
    {
        AttributionMethods.Require(Method, First, options.Options, queries);
        if (options.Tokens)
        {
            AttributionMethods.RequireTokens(Method);
        }

        if (Count > First.Surrogate.Members)
        {
            throw new UsageException(
                $"Surrogate {First.Surrogate.Name} has {First.Surrogate.Members} model(s), the ensemble asked for {Count}. Distil it "
                + $"with --ensemble {Count}.");
        }

        if (options.Calibration is { } calibration && calibration.Method != Method)
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

    /// <summary>Keeps from now on what every member's passes over documents come to.</summary>
    public void Keep(BatchJournal journal)
    {
        _journal = journal;
        First.Keep(journal);
    }

    /// <summary>Visits every member in order.</summary>
    public void ForEach(IReadOnlyList<Query> queries, Action<ScoringSession, IOpenedMethod> visit)
    {
        var count = Count;
        if (count == 1)
        {
            _only ??= Open(First, queries);
            visit(First, _only);
            return;
        }

        for (var member = 0; member < count; member++)
        {
            using var other = member == 0 ? null : Session(member);
            var session = other ?? First;
            using var method = Open(session, queries);
            visit(session, method);
        }
    }

    /// <summary>What the first member says of other queries than those asked. A method that reads no texts is open already where it is the only one.</summary>
    public T WithFirst<T>(IReadOnlyList<Query> queries, Func<IOpenedMethod, T> use)
    {
        if (_only is not null && AttributionMethods.Find(Method) is { Inner: null } entry && !entry.Needs.HasFlag(MethodNeeds.Text))
        {
            return use(_only);
        }

        using var opened = Open(First, queries);
        return use(opened);
    }

    public void Dispose()
    {
        _only?.Dispose();
        First.Dispose();
    }

    private IOpenedMethod Open(ScoringSession session, IReadOnlyList<Query> queries) =>
        AttributionMethods.Open(Method, session, options.Options, queries, progress, cancellation);

    private ScoringSession Session(int member)
    {
        if (Method == CascadeMethod.MethodName && options.Options.Cascade.Factors is { } factors)
        {
            MemberIndex.Ensure(options.Home, factors, member, progress, time, cancellation);
        }

        var entry = AttributionMethods.Find(Method);
        var own = entry.Index is not null || entry.Needs.HasFlag(MethodNeeds.Factors);
        if (own)
        {
            MemberIndex.Ensure(options.Home, options.Index, member, progress, time, cancellation);
        }

        var session = ScoringSession.Open(options.Home, options.Index, options.BatchTokens, progress, cancellation, member, own);
        if (_ranked is not null)
        {
            session.Rank(_ranked.Contains);
        }

        if (_journal is not null)
        {
            session.Keep(_journal);
        }

        return session;
    }
}
