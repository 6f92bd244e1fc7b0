namespace Tda.Core.Progress;

/// <summary>Where long jobs tell how far they are. The terminal shows bars, scripts get plain lines, tests get nothing.</summary>
public interface IProgressSink
{
    /// <summary>Starts a task of <paramref name="total"/> units; 0 when the total isn't known. Dispose it when done.</summary>
    IProgressTask Start(string name, double total, string unit);

    /// <summary>One line of information that stays on the screen.</summary>
    void Message(string line);
}
