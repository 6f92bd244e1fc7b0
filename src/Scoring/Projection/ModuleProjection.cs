using static TorchSharp.torch;

namespace Tda.Scoring.Projection;

/// <summary>One module's two projections.</summary>
/// <param name="Input">P_i, (k_i, columns), orthonormal rows.</param>
/// <param name="Output">P_o, (k_o, out), orthonormal rows.</param>
public sealed record ModuleProjection(Tensor Input, Tensor Output)
{
    /// <summary>k_i.</summary>
    public int InputRank => (int)Input.shape[0];

    /// <summary>k_o.</summary>
    public int OutputRank => (int)Output.shape[0];

    /// <summary>Length of the module's projected gradient: k_o · k_i.</summary>
    public int Length => InputRank * OutputRank;
}
