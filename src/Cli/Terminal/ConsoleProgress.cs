using Spectre.Console;

namespace Tda.Cli.Terminal;

/// <summary>Progress on standard error: live bars on a terminal, plain lines elsewhere.</summary>
public sealed class ConsoleProgress : IProgressSink, IAsyncDisposable
{
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _live;
    private Task _running = Task.CompletedTask;
    private ProgressContext? _context;

    /// <summary>Makes the sink; nothing is drawn before the first task starts.</summary>
    /// <param name="time">Clock of the rates.</param>
    public ConsoleProgress(TimeProvider time)
    {
        _time = time;
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        _live = !Console.IsErrorRedirected && _console.Profile.Capabilities.Interactive;
    }

    /// <inheritdoc/>
    public IProgressTask Start(string name, double total, string unit)
    {
        if (!_live)
        {
            return new PlainProgressTask(name, total, unit, _time);
        }

        lock (_finished)
        {
            if (_context is null)
            {
                StartDrawing();
            }

            return new LiveProgressTask(_context!.AddTask(Markup.Escape(name), maxValue: Math.Max(total, 1e-9)), name, unit);
        }
    }

    /// <inheritdoc/>
    public void Message(string line)
    {
        if (_live)
        {
            _console.WriteLine(line);
        }
        else
        {
            Console.Error.WriteLine(line); // whole: a log has no width
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _finished.TrySetResult();
        await _running;
    }

    private void StartDrawing()
    {
        using var ready = new ManualResetEventSlim();
        _running = _console.Progress()
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
                _context = started;
                ready.Set();
                await _finished.Task;
            });
        ready.Wait();
    }
}
