using Spectre.Console;

namespace Tda.Cli.Terminal;

/// <summary>One bar on a terminal.</summary>
internal sealed class LiveProgressTask(ProgressTask task, string name, string unit) : IProgressTask
{
    /// <inheritdoc/>
    public void Report(double done, string? detail = null)
    {
        task.Value = done;
        task.Description = Markup.Escape(detail is null ? $"{name} ({done:N0} {unit})" : $"{name} ({detail})");
    }

    /// <inheritdoc/>
    public void Dispose() => task.StopTask();
}
