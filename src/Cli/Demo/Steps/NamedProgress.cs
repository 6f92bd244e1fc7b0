namespace Tda.Cli.Demo.Steps;

/// <summary>Puts a name before every bar, so that jobs side by side can be told apart.</summary>
internal sealed class NamedProgress(IProgressSink inner, string name) : IProgressSink
{
    public IProgressTask Start(string task, double total, string unit) => inner.Start($"{name}: {task}", total, unit);

    public void Message(string line) => inner.Message($"{name}: {line}");
}
