using Tda.Scoring.Curvature;

namespace Tda.Scoring.Capture;

/// <summary>A model whose tracked weights can be moved for a while.</summary>
public interface IShiftableModel : ICaptureModel
{
    /// <summary>
    /// Adds a direction, (1, out, columns) a module with the bias as last column, to the tracked weights until the returned object is
    /// disposed of, which restores them bit by bit. One shift at a time; no pass may run meanwhile on another thread.
    /// </summary>
    IDisposable Shift(ModuleGradients delta);
}
