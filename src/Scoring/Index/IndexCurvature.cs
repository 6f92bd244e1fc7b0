using Tda.Core.Arrays;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Index;

/// <summary>The curvature of an index in the making, from its shards, and what their storage cost.</summary>
internal static class IndexCurvature
{
    private const double LossDamping = 0.1;
    private const int PowerIterations = 2;

    /// <summary>
    /// LoGra: adds the shards from <paramref name="firstShard"/> on to the sums that are there. LoRIF: decomposes anew, over all live rows,
    /// since an SVD doesn't add up.
    /// </summary>
    public static IndexInfo Add(
        ArtifactDirectory directory, Projector projector, LograIndex index, IndexInfo info, int firstShard, CancellationToken cancellation,
        CurvatureSums? before = null)
    {
        if (info.Storage == StorageType.Lorif)
        {
            return Decompose(directory, projector, index, info);
        }

        using var curvature = new LograCurvature(projector, before);
        index.AddCurvature(curvature, firstShard, cancellation);
        FactorFile.SaveSums(directory.PathOf(IndexDirectory.CurvatureFile), curvature.Sums, info.Documents);
        using var solver = info.Storage == StorageType.Float32 || curvature.Rows == 0 ? null : curvature.Solver(new Damping(LossDamping));
        return Finish(index, info, curvature.Rows, solver);
    }

    /// <summary>LoRIF's curvature over all live rows.</summary>
    public static IndexInfo Decompose(ArtifactDirectory directory, Projector projector, LograIndex index, IndexInfo info)
    {
        using var curvature = WoodburyCurvature.Fit(projector, index, info.CurvatureRank ?? 64, PowerIterations, info.Seed);
        curvature.Save(directory.PathOf(IndexDirectory.WoodburyFile), projector);
        using var solver = curvature.Rows == 0 ? null : new LorifSolver(projector, curvature, LossDamping);
        return Finish(index, info, curvature.Rows, solver);
    }

    private static IndexInfo Finish(LograIndex index, IndexInfo info, long rows, ProjectedSolver? solver)
    {
        long tokens = 0;
        for (var s = 0; s < index.Shards; s++)
        {
            using var shard = index.Open(s);
            tokens += shard.Lines().Where(l => !index.IsDeleted(l.Document)).Sum(l => (long)l.Labels);
        }
        return info with { Sequences = rows, Tokens = tokens, Loss = solver is null ? info.Loss : Loss(index, solver) ?? info.Loss };
    }

    private static StorageLoss? Loss(LograIndex index, ProjectedSolver solver)
    {
        using var scope = NewDisposeScope();
        var (exact, stored) = (new List<Tensor>(), new List<Tensor>());
        using var reader = new BlockReader(index.Layout);
        for (var s = 0; s < index.Shards; s++)
        {
            var path = Path.Combine(index.Directory, ShardNames.Sample(s));
            if (!File.Exists(path))
            {
                continue;
            }

            using var sample = NpyArray<float>.Open(path);
            using var shard = index.Open(s);
            var step = BlockReader.Rows(index.Layout);
            for (var first = 0; first < sample.Rows; first += step)
            {
                stored.Add(reader.Read(shard, first, (int)Math.Min(step, sample.Rows - first)).clone());
            }

            exact.Add(tensor(sample.ToArray(), [sample.Rows, index.Layout.Length]));
        }
        return stored.Count == 0 ? null : StorageLoss.Measure(solver, cat([.. exact], 0), cat([.. stored], 0));
    }
}
