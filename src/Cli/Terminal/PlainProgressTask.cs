namespace Tda.Cli.Terminal;

/// <summary>Progress as lines, for logs: the start, at most one line each ten seconds, and the end.</summary>
internal sealed class PlainProgressTask : IProgressTask
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly double _total;
    private readonly string _unit;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _gate = new();
    private long _last;
    private double _done;
    private string? _detail;
    private bool _spoke;

    public PlainProgressTask(string name, double total, string unit, TimeProvider time)
    {
        (_name, _total, _unit, _time) = (name, total, unit, time);
        _start = _last = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Report(double done, string? detail = null)
    {
        lock (_gate)
        {
            (_done, _detail) = (done, detail);
            if (_time.GetElapsedTime(_last) < Interval)
            {
                return;
            }

            _last = _time.GetTimestamp();
            _spoke = true;
            var elapsed = _time.GetElapsedTime(_start);
            var left = done > 0 && _total > done ? $", {elapsed * ((_total - done) / done):m\\:ss} left" : "";
            Console.Error.WriteLine($"{_name}: {done:N0}/{_total:N0} {_unit}{Detail}{left}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var elapsed = _time.GetElapsedTime(_start);
        // Steps of under two seconds need no line of their own.
        if (_spoke || elapsed >= TimeSpan.FromSeconds(2))
        {
            Console.Error.WriteLine($"{_name}: {_done:N0} {_unit}{Detail} in {elapsed.TotalSeconds:N1} s");
        }
    }

    private string Detail => _detail is null ? "" : $" ({_detail})";
}
