using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods;

/// <summary>A capture with the model that it must close again.</summary>
public sealed record OpenedCapture(GradientCapture Capture, IDisposable? Owner) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Owner?.Dispose();
}
