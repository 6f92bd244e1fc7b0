namespace Tda.Core.Progress;

/// <summary>One task under way. Calls are cheap: sinks limit how often they draw. Safe to call from several threads.</summary>
public interface IProgressTask : IDisposable
{
    /// <param name="done">Units done since the start, not since the last call.</param>
    /// <param name="detail">A short figure worth seeing beside the bar, such as a loss.</param>
    void Report(double done, string? detail = null);
}
