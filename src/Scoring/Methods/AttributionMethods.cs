using Tda.Core.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Curvature;
using Tda.Scoring.Index;
using Tda.Scoring.Methods.Gradients;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Methods;

/// <summary>
/// All influence methods by name, over an index: those with token scores are built for it, any other of
/// <see cref="InfluenceMethods"/> runs by <see cref="SessionMethod"/>.
/// </summary>
public static class AttributionMethods
{
    private static readonly Dictionary<string, Func<ScoringSession, MethodOptions, IAttributionMethod>> Factories = new(StringComparer.Ordinal)
    {
        ["ekfac"] = (session, options) =>
        {
            using var factors = session.Index.Factors();
            var model = session.Capture.Model;
            var preconditioner = new EkfacPreconditioner(factors, new Damping(options.DampingFactor), model.DType, model.Device);
            return new GradientMethod("ekfac", GradientScorer.Of(session, preconditioner, options), session.Rows.RowCount, Normalisation.None);
        },
        ["logra"] = (session, options) => LograMethod.Open(session, options),
        [CascadeMethod.MethodName] = (session, options) => new CascadeMethod(session, options),
        ["grad-dot"] = (session, options) => Identity("grad-dot", session, options, Normalisation.None),
        ["grad-cos"] = (session, options) => Identity("grad-cos", session, options, Normalisation.Cosine),
    };

    /// <summary>Names of the methods that score tokens.</summary>
    public static IReadOnlyList<string> WithTokens { get; } = [.. Factories.Keys];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Factories.Keys.Union(InfluenceMethods.All.Select(m => m.Name), StringComparer.Ordinal)];

    /// <summary>The method that an index was made for.</summary>
    public static string DefaultFor(IndexMethod index) => index == IndexMethod.Ekfac ? "ekfac" : "logra";

    /// <summary>What a method can't do without.</summary>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static MethodNeeds NeedsOf(string name) => name is "logra" or CascadeMethod.MethodName ? MethodNeeds.Factors : Find(name).Needs;

    /// <summary>One line on a method.</summary>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static string SummaryOf(string name) => name switch
    {
        "logra" => "projected gradients of a LoGra index",
        CascadeMethod.MethodName => "BM25, then a LoGra index, then gradients of the survivors",
        _ => Find(name).Summary,
    };

    /// <summary>Checks that a method can be opened over an index, without fitting anything.</summary>
    /// <exception cref="UsageException">No such method, options out of range, the index is of another kind, or what the method needs is missing: names it.</exception>
    public static void Require(string name, ScoringSession session, MethodOptions options, IReadOnlyList<Query> queries)
    {
        options.Validate();
        var needs = NeedsOf(name);
        if (name is "ekfac" or "logra" or CascadeMethod.MethodName)
        {
            session.Index.Require(name == "ekfac" ? IndexMethod.Ekfac : IndexMethod.Logra);
        }

        if (name == CascadeMethod.MethodName)
        {
            RequireLast(session, options.Cascade);
            if (options.Cascade.Factors is { } factors)
            {
                CascadeMethod.RequireFactors(session, factors, 0);
            }
        }
        if (Factories.ContainsKey(name))
        {
            return;
        }

        using var context = new SessionContext(session, needs, queries, factors: false);
        InfluenceMethods.Require(Find(name), context.Context);
        if (name == FusedInfluence.MethodName)
        {
            InfluenceMethods.Require(InfluenceMethods.Find(options.Fusion.Method), context.Context);
        }
    }

    /// <summary>Opens a method. The session stays the caller's.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="session">The index, its surrogate and corpus.</param>
    /// <param name="options">Its options.</param>
    /// <param name="queries">The queries that will be asked, for methods that read their texts.</param>
    /// <param name="progress">Shows fitting.</param>
    /// <param name="cancellation">Stops fitting.</param>
    /// <exception cref="UsageException">No such method, the index is of another kind, or what the method needs isn't there: names it.</exception>
    public static IAttributionMethod Open(
        string name, ScoringSession session, MethodOptions options, IReadOnlyList<Query>? queries = null, IProgressSink? progress = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        if (Factories.TryGetValue(name, out var factory))
        {
            return factory(session, options);
        }

        var needs = NeedsOf(name);
        var context = new SessionContext(session, needs, queries, factors: needs.HasFlag(MethodNeeds.Factors) || name == FusedInfluence.MethodName);
        try
        {
            var influence = InfluenceMethods.Create(name, context.Context, options, progress ?? NullProgress.Instance, cancellation);
            return new SessionMethod(session, influence, options, context);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    // The last stage is built of the surrogate alone.
    private static void RequireLast(ScoringSession session, CascadeOptions cascade) => InfluenceMethods.Require(
        InfluenceMethods.Find(cascade.Final), new InfluenceContext { Capture = session.Capture, Documents = session.Rows });

    private static InfluenceMethod Find(string name) =>
        InfluenceMethods.All.FirstOrDefault(m => m.Name == name)
        ?? throw new UsageException($"There is no method '{name}'. Methods: {string.Join(", ", Names)}.");

    private static GradientMethod Identity(string name, ScoringSession session, MethodOptions options, Normalisation normalisation) =>
        new(name, GradientScorer.Of(session, new IdentityPreconditioner(session.Capture.Model.Modules), options), session.Rows.RowCount, normalisation);
}
