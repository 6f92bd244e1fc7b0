namespace Tda.Core.Running;

/// <summary>Where long jobs tell how far they are. The terminal shows bars, scripts get plain lines, tests get nothing.</summary>
public interface IProgressSink
{
    /// <summary>Starts a task of <paramref name="total"/> units; 0 when the total isn't known. Dispose it when done.</summary>
    IProgressTask Start(string name, double total, string unit);

    /// <summary>One line of information that stays on the screen.</summary>
    void Message(string line);
}

/// <summary>One task under way. Calls are cheap: sinks limit how often they draw. Safe to call from several threads.</summary>
public interface IProgressTask : IDisposable
{
    /// <param name="done">Units done since the start, not since the last call.</param>
    /// <param name="detail">A short figure worth seeing beside the bar, such as a loss.</param>
    void Report(double done, string? detail = null);
}

/// <summary>The sink that shows nothing.</summary>
public sealed class NullProgress : IProgressSink, IProgressTask
{
    private NullProgress()
    {
    }

    public static NullProgress Instance { get; } = new();

    public IProgressTask Start(string name, double total, string unit) => this;

    public void Message(string line)
    {
    }

    public void Report(double done, string? detail = null)
    {
    }

    public void Dispose()
    {
    }
}
