namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Rotary positions in Hugging Face's rotate-half convention: <c>x·cos + [−x₂, x₁]·sin</c> for halves x₁, x₂ of a head.
/// </summary>
internal sealed class RotaryTable : IDisposable
{
    private readonly Tensor _cos;
    private readonly Tensor _sin; // the sign of [−x₂, x₁] is folded in: (−sin, sin)

    public RotaryTable(ModelConfig config, ScalarType type, Device device)
    {
        var half = config.HeadSize / 2;
        var cos = new double[config.MaxPositions * config.HeadSize];
        var sin = new double[cos.Length];
        for (var position = 0; position < config.MaxPositions; position++)
        {
            for (var i = 0; i < config.HeadSize; i++)
            {
                var angle = position * Math.Pow(config.RopeTheta, -2.0 * (i % half) / config.HeadSize);
                var at = (position * config.HeadSize) + i;
                (cos[at], sin[at]) = (Math.Cos(angle), i < half ? -Math.Sin(angle) : Math.Sin(angle));
            }
        }

        long[] shape = [config.MaxPositions, 1, config.HeadSize];
        _cos = tensor(cos, shape, dtype: type, device: device).DetachFromDisposeScope();
        _sin = tensor(sin, shape, dtype: type, device: device).DetachFromDisposeScope();
    }

    /// <summary>The rows of a pass, each (T, 1, hs) or (B, T, 1, hs): to be asked for once a pass.</summary>
    public (Tensor Cos, Tensor Sin) For(ForwardPass pass) => pass.Positions is { } at
        ? (_cos.index_select(0, at).view(pass.Batch, pass.Time, 1, -1), _sin.index_select(0, at).view(pass.Batch, pass.Time, 1, -1))
        : (_cos.narrow(0, 0, pass.Time), _sin.narrow(0, 0, pass.Time));

    /// <param name="x">(B · T, heads · hs).</param>
    /// <param name="heads">Heads in x.</param>
    /// <param name="table">From <see cref="For"/>.</param>
    /// <param name="pass">The pass.</param>
    /// <returns>The same shape, rotated.</returns>
    public static Tensor Rotate(Tensor x, int heads, (Tensor Cos, Tensor Sin) table, ForwardPass pass)
    {
        var split = x.view(pass.Batch, pass.Time, heads, -1);
        var half = split.shape[3] / 2;
        var swapped = cat([split.narrow(3, half, half), split.narrow(3, 0, half)], 3);
        return split.mul(table.Cos).addcmul(swapped, table.Sin, 1).view(x.shape);
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
