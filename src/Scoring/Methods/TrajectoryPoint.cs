using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods;

/// <summary>One checkpoint of a training run.</summary>
/// <param name="Step">Optimiser steps taken until then.</param>
/// <param name="LearningRate">Mean learning rate η of the steps since the checkpoint before.</param>
/// <param name="Steps">How many steps those were.</param>
/// <param name="Momentum">β of heavy-ball momentum or Adam's β₁; 0 without. The effective rate of heavy-ball is η/(1−β).</param>
/// <param name="Open">Opens the model there; the caller disposes of what it gets.</param>
/// <param name="SecondMoments">
/// Opens the optimiser's bias-corrected second moments by module as one "gradient" (1, out, columns); null where none were kept.
/// </param>
public sealed record TrajectoryPoint(
    int Step, double LearningRate, int Steps, double Momentum, Func<OpenedCapture> Open, Func<ModuleGradients>? SecondMoments)
{
    /// <summary>
    /// η/(1−β) for heavy-ball momentum, whose steady step is that much longer than one gradient's. Adam's momentum is an average, which
    /// doesn't lengthen steps: where second moments were kept it stays η.
    /// </summary>
    public double EffectiveRate => SecondMoments is null ? LearningRate / (1 - Momentum) : LearningRate;
}
