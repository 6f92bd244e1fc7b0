namespace Tda.Scoring.Stores;

/// <summary>The shape of one module's projected gradient, row-major (k_o, k_i).</summary>
/// <param name="Output">k_o.</param>
/// <param name="Input">k_i.</param>
public sealed record ModuleRanks(int Output, int Input)
{
    /// <summary>k_o · k_i.</summary>
    public int Length => Output * Input;

    /// <summary>Numbers that rank-c factors of it take: c (k_o + k_i), c at most the smaller side.</summary>
    public int FactorLength(int rank) => FactorRank(rank) * (Output + Input);

    /// <summary>The rank that is kept when <paramref name="rank"/> is asked for.</summary>
    public int FactorRank(int rank) => Math.Min(rank, Math.Min(Output, Input));
}
