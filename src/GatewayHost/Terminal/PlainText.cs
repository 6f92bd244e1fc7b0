namespace Tda.GatewayHost.Terminal;

/// <summary>Text as a terminal shows it: broken at spaces, sizes and times as people say them.</summary>
public static class PlainText
{
    /// <summary>Breaks a text at spaces into lines of at most <paramref name="width"/> characters; longer words stay whole.</summary>
    /// <returns>At least one line.</returns>
    public static IReadOnlyList<string> Wrapped(string text, int width)
    {
        List<string> lines = [""];
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length > 0 && lines[^1].Length + 1 + word.Length > width)
            {
                lines.Add(word);
            }
            else
            {
                lines[^1] += lines[^1].Length > 0 ? " " + word : word;
            }
        }

        return lines;
    }

    /// <summary>A path from the working directory on where it lies below that, else as it is.</summary>
    public static string ShortPath(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>Bytes as 512 B, 1.5 KiB, 20.0 MiB, 3.2 GiB.</summary>
    public static string Size(long bytes) => bytes < 1024
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
        : string.Create(CultureInfo.InvariantCulture, $"{(bytes >= 1 << 30 ? bytes / (double)(1 << 30) : bytes >= 1 << 20 ? bytes / (double)(1 << 20) : bytes / 1024.0):N1} ")
            + (bytes >= 1 << 30 ? "GiB" : bytes >= 1 << 20 ? "MiB" : "KiB");

    /// <summary>How long something takes: 12.5 s, 5.0 min, 3.2 h.</summary>
    public static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture,
        $"{(seconds >= 7200 ? seconds / 3600 : seconds >= 120 ? seconds / 60 : seconds):N1} {(seconds >= 7200 ? "h" : seconds >= 120 ? "min" : "s")}");

    /// <summary>How long ago something was: 12 s, 5 min, 3 h, 40 d.</summary>
    public static string Age(TimeSpan age) => string.Create(CultureInfo.InvariantCulture, $"{age switch
    {
        { TotalMinutes: < 2 } => $"{Math.Max(0, age.TotalSeconds):0} s",
        { TotalHours: < 2 } => $"{Math.Floor(age.TotalMinutes):0} min",
        { TotalDays: < 2 } => $"{Math.Floor(age.TotalHours):0} h",
        _ => $"{Math.Floor(age.TotalDays):0} d",
    }}");
}
