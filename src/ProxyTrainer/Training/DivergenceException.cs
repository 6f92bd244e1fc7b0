using System.Globalization;

namespace Tda.ProxyTrainer.Training;

/// <summary>The loss or its gradient became infinite or undefined.</summary>
public sealed class DivergenceException(int step, double loss, double gradientNorm, double learningRate)
    : TdaException(string.Create(
        CultureInfo.InvariantCulture,
        $"Training diverged at step {step}: loss {loss}, gradient norm {gradientNorm}, learning rate {learningRate:G3}. Lower the learning rate, lengthen the warm-up or clip the gradient more."))
{
    /// <summary>The step whose loss or gradient it was, from 0.</summary>
    public int Step => step;
}
