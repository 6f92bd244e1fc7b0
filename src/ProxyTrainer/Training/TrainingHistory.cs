namespace Tda.ProxyTrainer.Training;

/// <summary>One number a step.</summary>
public sealed record TrainingHistory
{
    /// <summary>The objective before the step, nats a label token.</summary>
    public List<float> Losses { get; init; } = [];

    /// <summary>The rate of the step: AdamW's, of which Muon's is a fixed multiple.</summary>
    public List<double> LearningRates { get; init; } = [];

    /// <summary>2-norm of the gradient before clipping.</summary>
    public List<float> GradientNorms { get; init; } = [];

    internal void Add(double loss, double learningRate, double gradientNorm)
    {
        Losses.Add((float)loss);
        LearningRates.Add(learningRate);
        GradientNorms.Add((float)gradientNorm);
    }
}
