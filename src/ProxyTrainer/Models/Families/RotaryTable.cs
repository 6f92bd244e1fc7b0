namespace Tda.ProxyTrainer.Models.Families;

/// <summary>
/// Rotary positions in Hugging Face's rotate-half convention: <c>x·cos + [−x₂, x₁]·sin</c> for halves x₁, x₂ of a head, or of its rotated part.
/// Kept for the longest sequence so far: a model may have a hundred thousand positions.
/// </summary>
internal sealed class RotaryTable(ModelConfig config, ScalarType type, Device device) : IDisposable
{
    private const int Least = 128;
    private readonly Lock _gate = new();
    private Tensor? _cos; // (positions, 1, rotated)
    private Tensor? _sin; // the sign of [−x₂, x₁] is folded in: (−sin, sin)

    /// <summary>The rows of a pass, each (T, 1, rotated) or (B, T, 1, rotated): to be asked for once a pass.</summary>
    public (Tensor Cos, Tensor Sin) For(ForwardPass pass)
    {
        // Padding behind cached positions may stand anywhere up to the last.
        var (cos, sin) = Table(pass.Positions is null ? pass.Time : config.MaxPositions);
        return pass.Positions is { } at
            ? (cos.index_select(0, at).view(pass.Batch, pass.Time, 1, -1), sin.index_select(0, at).view(pass.Batch, pass.Time, 1, -1))
            : (cos.narrow(0, 0, pass.Time), sin.narrow(0, 0, pass.Time));
    }

    /// <param name="x">(B · T, heads · hs).</param>
    /// <param name="heads">Heads in x.</param>
    /// <param name="table">From <see cref="For"/>.</param>
    /// <param name="pass">The pass.</param>
    /// <returns>The same shape, rotated.</returns>
    public static Tensor Rotate(Tensor x, int heads, (Tensor Cos, Tensor Sin) table, ForwardPass pass)
    {
        var split = x.view(pass.Batch, pass.Time, heads, -1);
        var (size, rotated) = (split.shape[3], table.Cos.shape[^1]);
        var turned = rotated == size ? split : split.narrow(3, 0, rotated);
        var swapped = cat([turned.narrow(3, rotated / 2, rotated / 2), turned.narrow(3, 0, rotated / 2)], 3);
        var done = turned.mul(table.Cos).addcmul(swapped, table.Sin, 1);
        return (rotated == size ? done : cat([done, split.narrow(3, rotated, size - rotated)], 3)).view(x.shape);
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
    }

    private (Tensor Cos, Tensor Sin) Table(int positions)
    {
        lock (_gate)
        {
            if (_cos is null || _cos.shape[0] < positions)
            {
                Make(Math.Min(config.MaxPositions, Math.Max(Least, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)positions))));
            }

            return (_cos!, _sin!);
        }
    }

    private void Make(int positions)
    {
        var size = config.RotarySize;
        var frequencies = new double[size / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = Math.Pow(config.RopeTheta, -2.0 * i / size);
            frequencies[i] = config.RopeScaling?.Apply(frequency) ?? frequency;
        }

        var cos = new double[positions * size];
        var sin = new double[cos.Length];
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < size; i++)
            {
                var angle = position * frequencies[i % frequencies.Length];
                var at = (position * size) + i;
                (cos[at], sin[at]) = (Math.Cos(angle), i < frequencies.Length ? -Math.Sin(angle) : Math.Sin(angle));
            }
        }

        // A shard on another thread may still hold views of the shorter ones: they keep their storage alive.
        Dispose();
        using var gradients = no_grad();
        long[] shape = [positions, 1, size];
        _cos = tensor(cos, shape, dtype: type, device: device).DetachFromDisposeScope();
        _sin = tensor(sin, shape, dtype: type, device: device).DetachFromDisposeScope();
    }
}
