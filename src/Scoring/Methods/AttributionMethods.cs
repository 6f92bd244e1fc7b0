using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Methods.Trajectory;
using Tda.Scoring.Replay;

namespace Tda.Scoring.Methods;

/// <summary>The registry of attribution methods. A new method is a file with its entry, and a line in <see cref="All"/>.</summary>
public static class AttributionMethods
{
    /// <summary>Every method, family by family.</summary>
    public static IReadOnlyList<AttributionMethod> All { get; } =
    [
        GradientProduct.Dot, GradientProduct.Cosine, Ekfac.Method, Ekfac.Kfac,
        ExplicitSolver.Method, ConjugateGradientSolver.Method, LissaSolver.Method, ArnoldiSolver.Method, DataInfSolver.Method,
        AstraSolver.Method, ConjugateGradientSolver.AstraMethod,
        TracIn.Method, Source.Method, AdamSegment.Method, AstraSegment.Method, ReplayMethod.Method,
        LograMethod.Method, LograMethod.PcaMethod, Lorif.Method, TrackStar.Method, Less.Method, Trak.Method,
        LossCovariance.Method, PerturbedModels.Method, HiddenCosine.Method, RandomScores.Method,
        Bm25.Method, TfIdf.Method, NgramInfluence.Method, FusedInfluence.Method,
        CascadeMethod.Method, DatamodelInfluence.Method,
    ];

    /// <summary>Those that are built from rows alone, without an index.</summary>
    public static IReadOnlyList<AttributionMethod> OnRows { get; } = [.. All.Where(m => m.Create is not null)];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(m => m.Name)];

    /// <summary>The method that an index was made for.</summary>
    public static string DefaultFor(IndexMethod index) => All.First(m => m.Index == index).Name;

    /// <summary>A method by name.</summary>
    /// <exception cref="UsageException">There is none of that name; the message lists them.</exception>
    public static AttributionMethod Find(string name) => Find(name, All);

    /// <summary>A method of <see cref="OnRows"/> by name.</summary>
    /// <exception cref="UsageException">There is none of that name; the message lists them.</exception>
    public static AttributionMethod FindOnRows(string name) => Find(name, OnRows);

    /// <summary>Builds a method from rows, after checking that the context has all that it needs.</summary>
    /// <exception cref="UsageException">No such method, options out of range, or something it needs is missing: says what.</exception>
    public static IInfluence Create(
        string name, InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        options.Validate();
        return Create(name, new MethodSetup(context, options, progress, cancellation));
    }

    internal static IInfluence Create(string name, MethodSetup setup)
    {
        var method = FindOnRows(name);
        setup.Context.Require(method);
        return method.Create!(setup);
    }

    /// <summary>Checks that a method can be opened over an index, without fitting anything.</summary>
    /// <exception cref="UsageException">
    /// No such method, options out of range, the index is of another kind, or what the method needs is missing: names it.
    /// </exception>
    public static void Require(string name, ScoringSession session, MethodOptions options, IReadOnlyList<Query> queries)
    {
        options.Validate();
        var method = Find(name);
        RequireIndex(method, session);
        using var opened = method.Open is null ? new SessionContext(session, method.Needs, queries, factors: false, options) : null;
        opened?.Context.Require(method);
        if (method.Inner is { } inner)
        {
            // Inner methods of one that opens itself are built of the surrogate alone.
            var context = opened?.Context ?? new InfluenceContext { Capture = session.Capture, Documents = session.Rows };
            foreach (var part in inner(options))
            {
                context.Require(FindOnRows(part));
            }
        }

        method.Check?.Invoke(session, options);
    }

    /// <summary>Checks that a method scores tokens.</summary>
    /// <exception cref="UsageException">It doesn't; the message lists those that do.</exception>
    public static void RequireTokens(string name)
    {
        if (!Find(name).Tokens)
        {
            throw new UsageException(
                $"Method {name} has no token scores. Methods with them: {string.Join(", ", All.Where(m => m.Tokens).Select(m => m.Name))}.");
        }
    }

    /// <summary>Opens a method over an index. The session stays the caller's.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="session">The index, its surrogate and corpus.</param>
    /// <param name="options">Its options.</param>
    /// <param name="queries">The queries that will be asked, for methods that read their texts.</param>
    /// <param name="progress">Shows fitting.</param>
    /// <param name="cancellation">Stops fitting.</param>
    /// <exception cref="UsageException">No such method, the index is of another kind, or what the method needs isn't there: names it.</exception>
    public static IOpenedMethod Open(
        string name, ScoringSession session, MethodOptions options, IReadOnlyList<Query>? queries = null, IProgressSink? progress = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        var method = Find(name);
        RequireIndex(method, session);
        if (method.Open is { } open)
        {
            return open(session, options);
        }

        var needs = (method.Inner?.Invoke(options) ?? []).Aggregate(method.Needs, (all, part) => all | FindOnRows(part).Needs & MethodNeeds.Factors);
        using var owned = new Owned();
        var context = owned.Add(new SessionContext(session, needs, queries, needs.HasFlag(MethodNeeds.Factors), options)).Context;
        var influence = Create(name, new MethodSetup(context, options, progress ?? NullProgress.Instance, cancellation));
        return new SessionMethod(session, influence, options, owned.Release());
    }

    private static AttributionMethod Find(string name, IReadOnlyList<AttributionMethod> methods) =>
        methods.FirstOrDefault(m => m.Name == name)
        ?? throw new UsageException($"There is no method '{name}'. Methods: {string.Join(", ", methods.Select(m => m.Name))}.");

    private static void RequireIndex(AttributionMethod method, ScoringSession session)
    {
        if (method.Index is { } kind)
        {
            session.Index.Require(kind);
        }
    }
}
