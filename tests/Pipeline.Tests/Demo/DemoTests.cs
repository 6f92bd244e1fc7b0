using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Demo;

/// <summary>The product's main job on real mail and speeches, in toy sizes: every step is a verb.</summary>
public sealed class DemoTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly string[] Command = ["demo", "--tiny", "--no-page", "--json"];
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Demo_StoppedInTheMiddle_GoesOnAndASecondRunReusesEverything()
    {
        await NpmPackages.RequireAsync();
        NpmPackages.CopyTo(_tda.Home);

        // 1. Ctrl+C while the surrogate is distilled.
        await using (var first = _tda.Start(Command))
        {
            await first.LineAsync(@"^\[5/9\]", Patience);
            await first.InterruptAsync();
            var stopped = await first.ExitAsync(Patience);
            Assert.True(stopped.ExitCode == 130, $"{stopped}");
            Assert.Contains("run the same command", stopped.Error, StringComparison.Ordinal);
        }

        var kept = Manifests();
        Assert.NotEmpty(kept);

        // 2. The same command finishes, and makes nothing twice.
        var result = await RunAsync();
        var made = Manifests();
        Assert.All(kept, artifact => Assert.Equal(artifact.Value, made[artifact.Key]));
        Check(result);

        // 3. Once more: all is there, and the scorecard is the same.
        var again = await RunAsync();
        Assert.Equal(made, Manifests());
        Assert.Equal(result["scorecard"]!.ToJsonString(), again["scorecard"]!.ToJsonString());
    }

    private async Task<JsonNode> RunAsync()
    {
        await using var demo = _tda.Start(Command);
        var result = await demo.ExitAsync(Patience);
        Assert.True(result.ExitCode == 0, $"{result}");
        return JsonNode.Parse(result.Output)!;
    }

    private static void Check(JsonNode result)
    {
        var report = File.ReadAllText((string)result["report"]!);
        Assert.Contains("Content-Security-Policy", report, StringComparison.Ordinal);

        // Every command once, though the demo was stopped and run again.
        var commands = File.ReadAllLines((string)result["commands"]!);
        Assert.Equal(commands.Distinct(), commands);
        Assert.Equal(
            ["corpus import", "label train", "lab train", "exchanges verify", "distill", "label exchanges", "index", "guide", "evaluate planted",
                "measure", "curate", "curve", "prove"],
            commands.Select(line => string.Join(' ', line.Split(' ')[1..].TakeWhile(word => !word.StartsWith('-')).Take(2).Where(word => char.IsLetter(word[0])))).Distinct());
        var lines = result["scorecard"]!["lines"]!.AsArray();
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.True(double.IsFinite((double)line!["value"]!), $"{line}"));
    }

    /// <summary>When each finished artifact was made. (A corpus's manifest is written again when its tokens join it.)</summary>
    private Dictionary<string, string> Manifests() => Directory.EnumerateFiles(_tda.Home, "manifest.json", SearchOption.AllDirectories)
        .Where(path => !path.Contains(".part", StringComparison.Ordinal))
        .ToDictionary(path => Path.GetRelativePath(_tda.Home, path), path => (string)JsonNode.Parse(File.ReadAllText(path))!["created_at"]!);
}
