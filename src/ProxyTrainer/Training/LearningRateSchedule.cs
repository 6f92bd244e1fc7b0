namespace Tda.ProxyTrainer.Training;

/// <summary>Linear warm-up to the peak, then half a cosine down to the final share of it.</summary>
/// <param name="Peak">Highest rate.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="WarmupFraction">Share of the steps that warm up, 0 to 1; at least one step does.</param>
/// <param name="FinalFraction">Rate of the last step as a share of the peak, 0 to 1.</param>
public sealed record LearningRateSchedule(double Peak, int Steps, double WarmupFraction, double FinalFraction)
{
    private int Warmup => Math.Max(1, (int)(Steps * WarmupFraction));

    /// <summary>The rate of a step, from 0; the last step of the warm-up has the peak.</summary>
    public double At(int step)
    {
        if (step < Warmup)
        {
            return Peak * (step + 1) / Warmup;
        }

        var progress = (step + 1 - Warmup) / (double)Math.Max(1, Steps - Warmup);
        return Peak * (FinalFraction + ((1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress)))));
    }
}
