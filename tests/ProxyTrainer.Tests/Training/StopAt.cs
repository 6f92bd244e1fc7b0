namespace Tda.ProxyTrainer.Tests.Training;

/// <summary>Cancels after so many steps of a training run, as Ctrl+C would.</summary>
internal sealed class StopAt(int step, CancellationTokenSource stop) : IProgressSink, IProgressTask
{
    private string _task = "";

    public IProgressTask Start(string name, double total, string unit)
    {
        _task = name;
        return this;
    }

    public void Message(string line)
    {
    }

    public void Report(double done, string? detail = null)
    {
        if (_task == "training" && done >= step)
        {
            stop.Cancel();
        }
    }

    public void Dispose()
    {
    }
}
