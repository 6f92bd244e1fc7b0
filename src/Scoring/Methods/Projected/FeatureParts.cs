using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>What a <see cref="FeatureInfluence"/> is made of; exactly one of the two solvers is given.</summary>
public sealed record FeatureParts
{
    /// <summary>Name in <see cref="InfluenceMethods"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Training rows.</summary>
    public required long N { get; init; }

    /// <summary>Features of queries.</summary>
    public required IFeatureSource Queries { get; init; }

    /// <summary>Features of documents, in the same space.</summary>
    public required IFeatureSource Documents { get; init; }

    /// <summary>(C + λI)⁻¹ that knows nothing of the queries.</summary>
    public IFeatureSolver? Solver { get; init; }

    /// <summary>Makes (C + λI)⁻¹ from the queries' features (n, D).</summary>
    public Func<Tensor, IFeatureSolver>? SolverOfQueries { get; init; }

    /// <summary>Used when none is asked for. Default none.</summary>
    public Normalisation DefaultNormalisation { get; init; } = Normalisation.None;

    /// <summary>Disposed of with the method.</summary>
    public IReadOnlyList<IDisposable> Owned { get; init; } = [];
}
