using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Rows of projected gradients that can be visited module by module, as often as need be.</summary>
public interface IModuleRows
{
    /// <summary>Rows in all.</summary>
    long Rows { get; }

    /// <summary>Visits the rows of one module, float64 (n, k_o·k_i), always in the same order.</summary>
    void ForEachBlock(int module, Action<Tensor> visit);
}
