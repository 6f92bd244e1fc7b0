namespace Tda.Evaluation.Pbrf;

/// <summary>L-BFGS (Nocedal 1980, two loops) over a given first inverse Hessian. Its vectors belong to the caller's dispose scope.</summary>
internal sealed class QuasiNewton(Func<Tensor, Tensor> first)
{
    private const int Memory = 20;
    private readonly List<(Tensor Step, Tensor Change, double Product)> _pairs = [];

    /// <summary>A step taken and the change of the gradient over it; left out where it would cost positive definiteness.</summary>
    public void Add(Tensor step, Tensor change)
    {
        var product = Dot(step, change);
        if (!(product > 1e-12 * Math.Sqrt(Dot(step, step) * Dot(change, change))))
        {
            return;
        }

        if (_pairs.Count == Memory)
        {
            _pairs.RemoveAt(0);
        }

        _pairs.Add((step, change, product));
    }

    /// <summary>The approximate inverse Hessian applied to a gradient (1, D).</summary>
    public Tensor Apply(Tensor gradient)
    {
        var q = gradient;
        var weights = new double[_pairs.Count];
        for (var i = _pairs.Count - 1; i >= 0; i--)
        {
            weights[i] = Dot(_pairs[i].Step, q) / _pairs[i].Product;
            q = q.sub(_pairs[i].Change.mul(weights[i]));
        }
        var r = first(q);
        for (var i = 0; i < _pairs.Count; i++)
        {
            r = r.add(_pairs[i].Step.mul(weights[i] - Dot(_pairs[i].Change, r) / _pairs[i].Product));
        }

        return r;
    }

    private static double Dot(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        return x.mul(y).sum().item<double>();
    }
}
