using Tda.Core.Errors;
using Tda.Scoring.Cascade;
using Tda.Scoring.Curvature;
using Tda.Scoring.Indexing;
using Tda.Scoring.Sessions;

namespace Tda.Scoring.Methods;

/// <summary>All influence methods by name.</summary>
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
        ["cascade"] = (session, options) => new CascadeMethod(session, options),
        ["grad-dot"] = (session, options) => Identity("grad-dot", session, options, Normalisation.None),
        ["grad-cos"] = (session, options) => Identity("grad-cos", session, options, Normalisation.Cosine),
        ["bm25"] = (session, _) => new Bm25Method(session.Corpus),
    };

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Factories.Keys];

    /// <summary>The method that an index was made for.</summary>
    public static string DefaultFor(IndexMethod index) => index == IndexMethod.Ekfac ? "ekfac" : "logra";

    /// <summary>Opens a method. The session stays the caller's.</summary>
    /// <exception cref="UsageException">No such method, or the index is of another kind.</exception>
    public static IAttributionMethod Open(string name, ScoringSession session, MethodOptions options)
    {
        options.Validate();
        return Factories.TryGetValue(name, out var factory)
            ? factory(session, options)
            : throw new UsageException($"There is no method '{name}'. Methods: {string.Join(", ", Names)}.");
    }

    private static GradientMethod Identity(string name, ScoringSession session, MethodOptions options, Normalisation normalisation) =>
        new(name, GradientScorer.Of(session, new IdentityPreconditioner(session.Capture.Model.Modules), options), session.Rows.RowCount, normalisation);
}
