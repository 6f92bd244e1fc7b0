namespace Tda.Scoring.Capture;

/// <summary>A tracked linear layer: its name in the surrogate and the shape of its weight gradient.</summary>
/// <param name="Name">The layer's name, e.g. <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Inputs">Width of the layer's input.</param>
/// <param name="Outputs">Width of the layer's output.</param>
/// <param name="Bias">True when the layer has a bias: its gradient is the last column, fed by a column of ones.</param>
public sealed record ModuleShape(string Name, int Inputs, int Outputs, bool Bias)
{
    /// <summary>Columns of the gradient matrix: the inputs, and one more for a bias.</summary>
    public int Columns => Inputs + (Bias ? 1 : 0);

    /// <summary>Elements of the gradient matrix (<see cref="Outputs"/> × <see cref="Columns"/>).</summary>
    public long Elements => (long)Outputs * Columns;
}
