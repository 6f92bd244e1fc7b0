namespace Tda.Cli.Terminal;

/// <summary>Progress as lines, for logs: the start, at most one line each ten seconds, and the end.</summary>
internal sealed class PlainProgressTask : IProgressTask
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly string name;
    private readonly double total;
    private readonly string unit;
    private readonly TimeProvider time;
    private readonly long start;
    private readonly Lock gate = new();
    private long last;
    private double done;
    private string? detail;
    private bool spoke;

    public PlainProgressTask(string name, double total, string unit, TimeProvider time)
    {
        (this.name, this.total, this.unit, this.time) = (name, total, unit, time);
        start = last = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Report(double done, string? detail = null)
    {
        lock (gate)
        {
            (this.done, this.detail) = (done, detail);
            if (time.GetElapsedTime(last) < Interval)
            {
                return;
            }

            last = time.GetTimestamp();
            spoke = true;
            var elapsed = time.GetElapsedTime(start);
            var left = done > 0 && total > done ? $", {elapsed * ((total - done) / done):m\\:ss} left" : "";
            Console.Error.WriteLine($"{name}: {done:N0}/{total:N0} {unit}{Detail}{left}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var elapsed = time.GetElapsedTime(start);
        // Steps of under two seconds need no line of their own.
        if (spoke || elapsed >= TimeSpan.FromSeconds(2))
        {
            Console.Error.WriteLine($"{name}: {done:N0} {unit}{Detail} in {elapsed.TotalSeconds:N1} s");
        }
    }

    private string Detail => detail is null ? "" : $" ({detail})";
}
