using System.Globalization;

namespace Tda.Gateway.Recording;

/// <summary>Idle processor time of the machine, from <c>/proc/stat</c> (proc(5): the fourth and fifth number, in hundredths of a second).</summary>
internal sealed class IdleProcessors(TimeProvider time, string path = "/proc/stat")
{
    private const double PerSecond = 100;

    private long _lastTime = time.GetTimestamp();
    private double? _last = Read(path);

    /// <summary>Idle cores, on average since the last call; null where the system does not tell.</summary>
    public double? SinceLastCall()
    {
        var now = Read(path);
        var seconds = time.GetElapsedTime(_lastTime).TotalSeconds;
        var idle = (now - _last) / seconds;
        (_last, _lastTime) = (now, time.GetTimestamp());
        return seconds > 0 && idle is { } cores ? Math.Clamp(cores, 0, Environment.ProcessorCount) : null;
    }

    /// <summary>Seconds of idle cores since the machine started.</summary>
    private static double? Read(string path)
    {
        try
        {
            using var lines = new StreamReader(path);
            var numbers = lines.ReadLine()?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return numbers.Length > 5 && numbers[0] == "cpu"
                && long.TryParse(numbers[4], CultureInfo.InvariantCulture, out var idle) && long.TryParse(numbers[5], CultureInfo.InvariantCulture, out var waiting)
                ? (idle + waiting) / PerSecond
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
