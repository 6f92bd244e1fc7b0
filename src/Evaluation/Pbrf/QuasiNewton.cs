using static TorchSharp.torch;

namespace Tda.Evaluation.Pbrf;

/// <summary>L-BFGS (Nocedal 1980, two loops) over a given first inverse Hessian. Its vectors belong to the caller's dispose scope.</summary>
internal sealed class QuasiNewton(Func<Tensor, Tensor> first)
{
    private const int Memory = 20;
    private readonly List<(Tensor Step, Tensor Change, double Product)> pairs = [];

    /// <summary>A step taken and the change of the gradient over it; left out where it would cost positive definiteness.</summary>
    public void Add(Tensor step, Tensor change)
    {
        var product = Dot(step, change);
        if (!(product > 1e-12 * Math.Sqrt(Dot(step, step) * Dot(change, change))))
        {
            return;
        }

        if (pairs.Count == Memory)
        {
            pairs.RemoveAt(0);
        }

        pairs.Add((step, change, product));
    }

    /// <summary>The approximate inverse Hessian applied to a gradient (1, D).</summary>
    public Tensor Apply(Tensor gradient)
    {
        var q = gradient;
        var weights = new double[pairs.Count];
        for (var i = pairs.Count - 1; i >= 0; i--)
        {
            weights[i] = Dot(pairs[i].Step, q) / pairs[i].Product;
            q = q.sub(pairs[i].Change.mul(weights[i]));
        }
        var r = first(q);
        for (var i = 0; i < pairs.Count; i++)
        {
            r = r.add(pairs[i].Step.mul(weights[i] - Dot(pairs[i].Change, r) / pairs[i].Product));
        }

        return r;
    }

    private static double Dot(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        return x.mul(y).sum().item<double>();
    }
}
