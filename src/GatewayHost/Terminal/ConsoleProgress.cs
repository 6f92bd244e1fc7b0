using System.Collections.Concurrent;
using Spectre.Console.Rendering;

namespace Tda.GatewayHost.Terminal;

/// <summary>Progress on standard error: bars of what is running on a terminal, plain lines elsewhere. A task of two seconds or more leaves a line.</summary>
public sealed class ConsoleProgress : IProgressSink, IDisposable
{
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly bool _live;
    private readonly Lock _gate = new();
    private Drawing? _drawing;

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

        lock (_gate)
        {
            _drawing ??= new Drawing(_console);
            var left = new TimeLeft(total, _time);
            return new LiveProgressTask(_drawing.Add(name, total, left), name, unit, left, _time, Message);
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

    /// <summary>Takes the bars off the screen and leaves it to what comes next. A task that is started later is drawn anew.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _drawing?.End();
            _drawing = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Stop();

    /// <summary>Says what a task came to; null for one of under two seconds, which needs no line of its own.</summary>
    internal static string? Finished(string name, double done, string unit, string? detail, TimeSpan elapsed) => elapsed < TimeSpan.FromSeconds(2)
        ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"{name}: {done:N0} {unit}{(detail is null ? "" : $" ({detail})")} in {elapsed.TotalSeconds:N1} s");

    /// <summary>The bars on the screen, redrawn by a thread of their own until they end.</summary>
    private sealed class Drawing
    {
        private const int BarWidth = 16;
        private readonly ManualResetEventSlim _ended = new();
        private readonly ConcurrentDictionary<int, TimeLeft> _left = new();
        private readonly Thread _thread;
        private ProgressContext? _context;

        public Drawing(IAnsiConsole console)
        {
            using var ready = new ManualResetEventSlim();
            var progress = console.Progress().AutoClear(true).HideCompleted(true).Columns(
                new SpinnerColumn(),
                new NameColumn(),
                new ProgressBarColumn { Width = BarWidth },
                new PercentageColumn(),
                new TimeLeftColumn(_left));
            _thread = new Thread(() => progress.Start(started =>
            {
                _context = started;
                ready.Set();
                _ended.Wait();
            }))
            {
                IsBackground = true,
            };
            _thread.Start();
            ready.Wait();
        }

        public ProgressTask Add(string name, double total, TimeLeft left)
        {
            var task = _context!.AddTask(name, maxValue: total > 0 ? total : 1).IsIndeterminate(total <= 0);
            _left[task.Id] = left;
            return task;
        }

        public void End()
        {
            _ended.Set();
            _thread.Join();
        }
    }
}

/// <summary>One bar on a terminal.</summary>
internal sealed class LiveProgressTask(ProgressTask task, string name, string unit, TimeLeft left, TimeProvider time, Action<string> write) : IProgressTask
{
    private readonly long _start = time.GetTimestamp();
    private double _done;
    private string? _detail;

    /// <inheritdoc/>
    public void Report(double done, string? detail = null)
    {
        (_done, _detail) = (done, detail);
        left.Report(done);
        if (!task.IsIndeterminate)
        {
            task.Value = done;
        }

        task.Description = string.Create(CultureInfo.InvariantCulture, $"{name} ({detail ?? $"{done:N0} {unit}"})");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!task.IsFinished)
        {
            task.StopTask();
        }

        if (ConsoleProgress.Finished(name, _done, unit, _detail, time.GetElapsedTime(_start)) is { } line)
        {
            write(line);
        }
    }
}

/// <summary>The name and the state of each bar on one line, cut where the terminal has no room: the library's own column breaks it.</summary>
internal sealed class NameColumn : ProgressColumn
{
    private const int OtherColumns = 40;
    private const int Least = 16;

    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        var room = Math.Max(Least, options.ConsoleSize.Width - OtherColumns);
        return new Text(task.Description.Length > room ? task.Description[..(room - 1)] + "…" : task.Description);
    }
}

/// <summary>The time left of each bar. The library's own column counts what an earlier run did as done in this one.</summary>
internal sealed class TimeLeftColumn(IReadOnlyDictionary<int, TimeLeft> left) : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        var estimate = task.IsFinished ? null : left.GetValueOrDefault(task.Id)?.Estimate();
        return new Text(estimate is { } time ? TimeLeft.Text(time) : "").RightJustified();
    }

    public override int? GetColumnWidth(RenderOptions options) => 8;
}

/// <summary>Progress as lines, for logs: the start, at most one line each ten seconds, and the end.</summary>
internal sealed class PlainProgressTask(string name, double total, string unit, TimeProvider time) : IProgressTask
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly TimeLeft _left = new(total, time);
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();
    private double _done;
    private string? _detail;

    /// <inheritdoc/>
    public void Report(double done, string? detail = null)
    {
        lock (_gate)
        {
            (_done, _detail) = (done, detail);
            _left.Report(done);
            if (time.GetElapsedTime(_last) < Interval)
            {
                return;
            }

            _last = time.GetTimestamp();
            var note = detail is null ? "" : $" ({detail})";
            var left = _left.Estimate() is { } rest ? $", {TimeLeft.Text(rest)} left" : "";
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {done:N0}/{total:N0} {unit}{note}{left}"));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ConsoleProgress.Finished(name, _done, unit, _detail, time.GetElapsedTime(_start)) is { } line)
        {
            Console.Error.WriteLine(line);
        }
    }
}
