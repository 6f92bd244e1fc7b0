namespace Tda.ProxyTrainer.Training;

/// <summary>What a training run did.</summary>
/// <param name="History">Every step, those before a resume included.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="ResumedFrom">Step of the checkpoint that this run went on from, or null.</param>
/// <param name="TokensPerSecond">Tokens processed by this run, padding not counted, over its time; 0 when there was nothing left to do.</param>
public sealed record TrainingResult(TrainingHistory History, int Steps, int? ResumedFrom, double TokensPerSecond)
{
    /// <summary>Mean objective of the last tenth of the steps, nats a label token.</summary>
    public double FinalLoss => History.Losses.Count == 0 ? double.NaN : History.Losses.TakeLast(Math.Max(1, Steps / 10)).Average();
}
