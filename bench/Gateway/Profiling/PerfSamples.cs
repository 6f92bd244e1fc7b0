namespace Tda.Bench.Gateway.Profiling;

/// <summary>The samples of <c>perf script</c>, added up.</summary>
internal sealed class PerfSamples
{
    public long Count { get; private set; }

    /// <summary>Samples by what they are for.</summary>
    public Dictionary<string, long> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>Samples by the function that ran.</summary>
    public Dictionary<string, long> Symbols { get; } = new(StringComparer.Ordinal);

    /// <summary>Samples by thread name.</summary>
    public Dictionary<string, long> Threads { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads output of <c>perf script -F comm,ip,sym,dso</c>: a line with the thread, then its frames, then an empty line.</summary>
    public static PerfSamples Read(TextReader text)
    {
        var samples = new PerfSamples();
        var thread = "";
        var frames = new List<(string Symbol, string File)>();
        while (text.ReadLine() is { } line)
        {
            if (line.Length == 0)
            {
                samples.Add(thread, frames);
            }
            else if (!char.IsWhiteSpace(line[0]))
            {
                thread = line.Trim();
            }
            else if (Frame(line) is { } frame)
            {
                frames.Add(frame);
            }
        }

        samples.Add(thread, frames);
        return samples;
    }

    private void Add(string thread, List<(string Symbol, string File)> frames)
    {
        if (frames.Count == 0)
        {
            return;
        }

        Count++;
        Increment(Groups, SymbolGroup.Of(frames));
        Increment(Symbols, $"{frames[0].Symbol} ({Path.GetFileName(frames[0].File)})");
        Increment(Threads, thread);
        frames.Clear();
    }

    /// <summary>"    7f12 symbol with blanks (file)"; managed symbols carry a generation such as "[Tier1]".</summary>
    private static (string Symbol, string File)? Frame(string line)
    {
        var text = line.Trim();
        int name = text.IndexOf(' ', StringComparison.Ordinal), file = text.LastIndexOf(" (", StringComparison.Ordinal);
        return name < 0 || file <= name ? null : (text[(name + 1)..file].Trim(), text[(file + 2)..].TrimEnd(')'));
    }

    private static void Increment(Dictionary<string, long> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;
}
