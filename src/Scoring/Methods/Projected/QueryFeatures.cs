using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Features of queries and of targets, float64.</summary>
internal static class QueryFeatures
{
    /// <summary>Every query that a target names: (queries, D), and which of them are finite; those that aren't are named.</summary>
    public static (Tensor Features, bool[] Finite) Each(
        IFeatureSource source, IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, CancellationToken cancellation)
    {
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        var all = zeros([queries.DocumentCount, source.Length], dtype: ScalarType.Float64);
        var finite = new bool[queries.DocumentCount];
        source.ForEach(new RowFilter(queries, wanted.Contains), (ordinals, features) =>
        {
            for (var i = 0; i < ordinals.Count; i++)
            {
                all.select(0, ordinals[i]).copy_(features.select(0, i));
                finite[ordinals[i]] = true;
            }
        }, q => excluded(new ExcludedDocument(queries.IdOf(q), "query", ExcludedDocument.NotFinite)), null, cancellation);
        return (all, finite);
    }

    /// <summary>Means over each target's finite queries: (targets, D).</summary>
    public static Tensor Means(Tensor features, bool[] finite, IReadOnlyList<Target> targets)
    {
        var weights = new double[targets.Count * finite.Length];
        for (var t = 0; t < targets.Count; t++)
        {
            var members = targets[t].Members.Where(q => finite[q]).ToArray();
            foreach (var q in members)
            {
                weights[t * finite.Length + q] += 1.0 / members.Length;
            }
        }
        return tensor(weights, [targets.Count, finite.Length], dtype: ScalarType.Float64).matmul(features);
    }
}
