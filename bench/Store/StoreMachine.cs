namespace Tda.Bench.Store;

/// <summary>Where a result comes from; unlike <see cref="Running.Machine"/> it needs no LibTorch.</summary>
internal sealed record StoreMachine(string? Cpu, int Cores, string Dotnet, double LoadBefore)
{
    public static StoreMachine Inspect() => new(
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim(),
        Environment.ProcessorCount,
        Environment.Version.ToString(),
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));
}
