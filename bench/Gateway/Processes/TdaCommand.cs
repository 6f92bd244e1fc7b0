using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Processes;

/// <summary>`tda` with one home and one store.</summary>
/// <param name="Tda">tda.dll.</param>
/// <param name="Home">Its home.</param>
/// <param name="Store">A store's address; null for the home's own.</param>
/// <param name="Environment">More environment.</param>
internal sealed record TdaCommand(string Tda, string Home, string? Store, IReadOnlyDictionary<string, string>? Environment)
{
    public ProcessStartInfo Start(params IEnumerable<string> arguments)
    {
        var start = ServerProcess.Managed(Tda, [.. arguments, "--home", Home, .. Store is null ? Array.Empty<string>() : ["--store", Store]]);
        foreach ((var name, var value) in Environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    public async Task<Verification> VerifyAsync()
    {
        var start = Stopwatch.GetTimestamp();
        var output = await Tools.RunAsync(Start("exchanges", "verify", "--json"), TimeSpan.FromMinutes(20), check: false);
        var brace = output.IndexOf('{', StringComparison.Ordinal);
        var json = brace < 0 ? new JsonObject { ["error"] = output } : JsonNode.Parse(output[brace..])!;
        return new Verification(json) { Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
    }

    /// <summary>Exports the whole log.</summary>
    public Task ExportAsync(string file) => Tools.RunAsync(Start("exchanges", "export", "--out", file), TimeSpan.FromMinutes(20));
}
