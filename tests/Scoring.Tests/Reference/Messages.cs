namespace Tda.Scoring.Tests.Reference;

/// <summary>Keeps what a run says.</summary>
internal sealed class Messages : IProgressSink
{
    public List<string> Lines { get; } = [];

    public IProgressTask Start(string name, double total, string unit) => NullProgress.Instance;

    public void Message(string line) => Lines.Add(line);
}
