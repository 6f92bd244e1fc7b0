namespace Tda.GatewayHost.Terminal;

/// <summary>Tells from what a task reports how long it will still take. Safe to call from several threads.</summary>
/// <remarks>
/// The first report sets the mark that the rate is counted from: what a resumed task reports first was done before, by another run.
/// </remarks>
public sealed class TimeLeft(double total, TimeProvider time)
{
    private readonly Lock _gate = new();
    private (double Done, long At)? _first;
    private (double Done, long At) _last;

    /// <param name="done">Units done since the task's start, in this run or an earlier one.</param>
    public void Report(double done)
    {
        lock (_gate)
        {
            _last = (done, time.GetTimestamp());
            _first ??= _last;
        }
    }

    /// <summary>The time left by the rate between the first report and the last; null when that is unknown, or nothing is left.</summary>
    public TimeSpan? Estimate()
    {
        lock (_gate)
        {
            if (_first is not { } first || _last.Done <= first.Done || _last.Done >= total)
            {
                return null;
            }

            var left = time.GetElapsedTime(first.At, _last.At) * ((total - _last.Done) / (_last.Done - first.Done)) - time.GetElapsedTime(_last.At);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>A time as a clock shows it: 0:07, 12:30, 3:05:09, 49:00:00.</summary>
    public static string Text(TimeSpan time) => time.TotalHours < 1
        ? time.ToString(@"m\:ss", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalHours):0}:{time:mm\\:ss}");
}
