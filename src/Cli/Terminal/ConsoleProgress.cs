using Spectre.Console;

namespace Tda.Cli.Terminal;

/// <summary>Progress on standard error: live bars on a terminal, plain lines elsewhere.</summary>
public sealed class ConsoleProgress : IProgressSink, IAsyncDisposable
{
    private readonly IAnsiConsole console;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool live;
    private Task running = Task.CompletedTask;
    private ProgressContext? context;

    /// <summary>Makes the sink; nothing is drawn before the first task starts.</summary>
    /// <param name="time">Clock of the rates.</param>
    public ConsoleProgress(TimeProvider time)
    {
        this.time = time;
        console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        live = !Console.IsErrorRedirected && console.Profile.Capabilities.Interactive;
    }

    /// <inheritdoc/>
    public IProgressTask Start(string name, double total, string unit)
    {
        if (!live)
        {
            return new PlainProgressTask(name, total, unit, time);
        }

        lock (finished)
        {
            if (context is null)
            {
                StartDrawing();
            }

            return new LiveProgressTask(context!.AddTask(Markup.Escape(name), maxValue: Math.Max(total, 1e-9)), name, unit);
        }
    }

    /// <inheritdoc/>
    public void Message(string line)
    {
        if (live)
        {
            console.WriteLine(line);
        }
        else
        {
            Console.Error.WriteLine(line); // whole: a log has no width
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        finished.TrySetResult();
        await running;
    }

    private void StartDrawing()
    {
        using var ready = new ManualResetEventSlim();
        running = console.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(
                new SpinnerColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 24 },
                new PercentageColumn(),
                new RemainingTimeColumn())
            .StartAsync(async started =>
            {
                context = started;
                ready.Set();
                await finished.Task;
            });
        ready.Wait();
    }
}
