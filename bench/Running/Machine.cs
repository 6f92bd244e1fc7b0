using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Running;

/// <summary>Where a result comes from.</summary>
public sealed record Machine
{
    public required string? Cpu { get; init; }

    public required int Cores { get; init; }

    /// <summary>Null where it plays no part.</summary>
    public string? Libtorch { get; init; }

    public required string Dotnet { get; init; }

    /// <summary>Threads of one operator, in every contender.</summary>
    public required int Threads { get; init; }

    /// <summary>One-minute load average before.</summary>
    public required double LoadBefore { get; init; }

    /// <summary>One-minute load average after; the benchmark itself is 1 of it.</summary>
    public double LoadAfter { get; init; }

    public static Machine Inspect()
    {
        var engine = TensorEngine.Inspect(measure: false);
        return new Machine
        {
            Cpu = engine.Devices[0].Description,
            Cores = engine.Processors,
            Libtorch = engine.LibTorch,
            Dotnet = Environment.Version.ToString(),
            Threads = engine.Threads,
            LoadBefore = Load(),
        };
    }

    /// <summary>Without loading LibTorch.</summary>
    public static Machine InspectPlain() => new()
    {
        Cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim(),
        Cores = Environment.ProcessorCount,
        Dotnet = Environment.Version.ToString(),
        Threads = Environment.ProcessorCount,
        LoadBefore = Load(),
    };

    public static double Load() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : double.NaN;
}
