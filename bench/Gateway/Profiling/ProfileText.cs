using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Profiling;

/// <summary>The profile as a page.</summary>
internal static class ProfileText
{
    private const int TopSymbols = 40;

    public static string Write(Machine machine, string command, IReadOnlyDictionary<string, Profile> profiles)
    {
        var text = new StringBuilder();
        text.AppendLine("# What bounds the gateway").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{machine.Cpu}, {machine.Cores} cores, .NET {machine.Dotnet}, load {machine.LoadBefore}. Written by `dotnet run -c Release --project bench -- gateway --only profile`.").AppendLine();
        text.AppendLine("Samples of the processor's clock while wrk keeps 32 connections busy with answers of 2 KB; the drain into the store runs in the same process.");
        text.AppendLine("A sample counts for the innermost frame that a group knows, in the kernel by the kernel's own frames.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"    {command}").AppendLine();
        string[] names = [.. profiles.Keys];
        Grid(text, "group", names, profiles.ToDictionary(p => p.Key, p => (p.Value.Samples.Count, p.Value.Samples.Groups)), int.MaxValue);
        foreach ((var name, (var samples, var perSecond, var cores, var gc, var bytes)) in profiles)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"## {name}: {perSecond:N0} requests/s, {cores:F2} cores, {samples.Count:N0} samples").AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"Time in garbage collections {gc:F1} %, {bytes:N0} managed bytes allocated a request.").AppendLine();
            Grid(text, "thread", [name], new() { [name] = (samples.Count, samples.Threads) }, 12);
            Grid(text, "function", [name], new() { [name] = (samples.Count, samples.Symbols) }, TopSymbols);
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static void Grid(StringBuilder text, string what, string[] names, Dictionary<string, (long Count, Dictionary<string, long> Parts)> columns, int most)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {string.Join(" | ", names.Select(name => name + ", %"))} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(names.Select(_ => "---|"))}");
        double Share(string name, string part) => 100.0 * columns[name].Parts.GetValueOrDefault(part) / columns[name].Count;
        foreach (var part in columns.Values.SelectMany(c => c.Parts.Keys).Distinct().OrderByDescending(part => names.Max(name => Share(name, part))).Take(most))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {part.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)} | {string.Join(" | ", names.Select(name => Share(name, part).ToString("F1", CultureInfo.InvariantCulture)))} |");
        }

        text.AppendLine();
    }
}
