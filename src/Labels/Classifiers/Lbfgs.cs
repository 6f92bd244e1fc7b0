using System.Numerics.Tensors;

namespace Tda.Labels.Classifiers;

/// <summary>Minimises a smooth function: L-BFGS (Nocedal and Wright 2006, algorithm 7.5) with backtracking.</summary>
internal static class Lbfgs
{
    private const int Memory = 10;
    private const int MostSteps = 300;
    private const double Converged = 1e-6;

    /// <param name="loss">The function: at a point, writes the gradient there into the second array and returns the value.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <returns>A point whose gradient's largest entry is at most 1e-6, or that of the 300th step.</returns>
    public static double[] Minimise(Func<double[], double[], double> loss, double[] start, CancellationToken cancel)
    {
        var (at, gradient) = (start, new double[start.Length]);
        var value = loss(at, gradient);
        var history = new LinkedList<(double[] Step, double[] Change, double Scale)>();
        for (var step = 0; step < MostSteps && Math.Abs(TensorPrimitives.MaxMagnitude<double>(gradient)) > Converged; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var direction = Direction(gradient, history);
            var slope = TensorPrimitives.Dot<double>(direction, gradient);
            double[] next = new double[at.Length], nextGradient = new double[at.Length];
            var size = history.Count == 0 ? 1 / Math.Max(1, TensorPrimitives.Norm<double>(gradient)) : 1;
            double nextValue;
            for (; ; size /= 2)
            {
                TensorPrimitives.MultiplyAdd(direction, size, at, next);
                nextValue = loss(next, nextGradient);
                if (nextValue <= value + (1e-4 * size * slope))
                {
                    break;
                }

                if (size < 1e-10)
                {
                    return at; // rounding hides any descent that is left
                }
            }

            double[] moved = new double[at.Length], changed = new double[at.Length];
            TensorPrimitives.Subtract(next, at, moved);
            TensorPrimitives.Subtract<double>(nextGradient, gradient, changed);
            if (TensorPrimitives.Dot<double>(moved, changed) is var curvature and > 1e-14)
            {
                history.AddLast((moved, changed, 1 / curvature));
                if (history.Count > Memory)
                {
                    history.RemoveFirst();
                }
            }

            (at, gradient, value) = (next, nextGradient, nextValue);
        }

        return at;
    }

    // −H∇ by the two-loop recursion; H's first guess is that of the newest step.
    private static double[] Direction(double[] gradient, LinkedList<(double[] Step, double[] Change, double Scale)> history)
    {
        var q = Array.ConvertAll(gradient, x => -x);
        var alphas = new Stack<double>();
        for (var node = history.Last; node is not null; node = node.Previous)
        {
            var alpha = node.Value.Scale * TensorPrimitives.Dot<double>(node.Value.Step, q);
            alphas.Push(alpha);
            TensorPrimitives.MultiplyAdd(node.Value.Change, -alpha, q, q);
        }

        if (history.Last?.Value is { } newest)
        {
            TensorPrimitives.Multiply(q, 1 / (newest.Scale * TensorPrimitives.SumOfSquares<double>(newest.Change)), q);
        }

        for (var node = history.First; node is not null; node = node.Next)
        {
            var beta = node.Value.Scale * TensorPrimitives.Dot<double>(node.Value.Change, q);
            TensorPrimitives.MultiplyAdd(node.Value.Step, alphas.Pop() - beta, q, q);
        }

        return q;
    }
}
