namespace Tda.Core.Progress;

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
