using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>What `tda drift` says of a log whose upstream stays, and of one whose upstream changes; and who goes by it.</summary>
public sealed class DriftTests(DriftTests.SeenHome seen) : IClassFixture<DriftTests.SeenHome>, IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 0, 0, 0, TimeSpan.Zero);
    private readonly TdaHomeRunner _tda = seen.Small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Drift_NothingSince_CannotTellAnd0()
    {
        var report = await _tda.JsonAsync("drift", "--surrogate", "seen", "--sampled", "0");

        Assert.Equal(("unknown", 120, 0), ((string)report["state"]!, (int)report["reference"]!, (int)report["new"]!));
        Assert.Equal(120, (int)report["reference_then"]!);
        Assert.Contains("no answer came since", (string)report["verdict"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drift_UpstreamStays_FreshAnd0_Changes_StaleAnd1_AndAttributeGoesByIt()
    {
        await AppendAsync(_tda, 120, 120, SampleDocuments.Good);
        Assert.Equal("fresh", (string)(await _tda.JsonAsync("drift", "--surrogate", "seen", "--sampled", "8"))["state"]!);

        await AppendAsync(_tda, 240, 120, SampleDocuments.Bad);
        var result = await _tda.RunAsync("drift", "--surrogate", "seen", "--sampled", "8");
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.StartsWith("Stale: ", result.Output, StringComparison.Ordinal);
        var report = JsonNode.Parse(File.ReadAllText(_tda.InHome("surrogates", "seen", "drift.json")))!;
        Assert.InRange((int)report["answers"]!["crossed_at"]!, 121, 240);
        Assert.Equal(Id(119 + (int)report["answers"]!["crossed_at"]!), (string)report["answers"]!["crossed_id"]!);

        await _tda.JsonAsync([.. "index --surrogate seen --corpus web --name again --method logra --rank 2".Split(' ')]);
        var warned = await _tda.RunAsync([.. "attribute --index again --queries q.jsonl --run w --force".Split(' ')]);
        Assert.True(warned.ExitCode == 0, $"{warned}");
        Assert.Contains("Warning: surrogate seen has gone stale", warned.Error, StringComparison.Ordinal);
        Assert.Equal("stale", (string)JsonNode.Parse(File.ReadAllText(_tda.InHome("runs", "w", "manifest.json")))!["details"]!["drift"]!["state"]!);
        var refused = await _tda.FailsAsync(3, [.. "attribute --index again --queries q.jsonl --run w2 --force --refuse-stale".Split(' ')]);
        Assert.Contains("has gone stale", refused.Error, StringComparison.Ordinal);

        // Distilled again from all there is, it is as good as new.
        await _tda.JsonAsync([.. "distill --corpus web --name seen --width 16 --layers 1 --heads 1 --vocabulary 270 --replace".Split(' ')]);
        Assert.False(File.Exists(_tda.InHome("surrogates", "seen", "drift.json")));
        Assert.Equal("unknown", (string)(await _tda.JsonAsync("drift", "--surrogate", "seen", "--sampled", "0"))["state"]!);
    }

    [Fact]
    public async Task Drift_AgainstItselfAndACheckpoint_Distances()
    {
        var self = await _tda.JsonAsync("drift", "--surrogate", "seen", "--sampled", "0", "--against", "seen");
        Assert.Equal(0, (double)self["distance"]!["nats_per_token"]!, 9);
        var step = Directory.GetDirectories(_tda.InHome("surrogates", "seen", "checkpoints")).Select(folder => int.Parse(Path.GetFileName(folder)[5..])).Min();
        var first = await _tda.JsonAsync("drift", "--surrogate", "seen", "--sampled", "0", "--checkpoint", $"{step}");
        Assert.True((double)first["distance"]!["logits"]! > 0);
    }

    [Theory]
    [InlineData(3, "drift --surrogate none", "none")]
    [InlineData(3, "drift --surrogate small", "it isn't noted which exchanges")]
    [InlineData(2, "drift --surrogate seen --since yesterday", "--since must be a date")]
    [InlineData(2, "drift --surrogate seen --checkpoint 7777", "no checkpoint of step 7777; it has")]
    [InlineData(2, "drift --surrogate seen --against seen --checkpoint 1", "not both")]
    public async Task Drift_WhatCantBe_SaysWhichAndWhatWould(int code, string line, string named) =>
        Assert.Contains(named, (await _tda.FailsAsync(code, line.Split(' '))).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Drift_Imported_NeedsSince()
    {
        await _tda.JsonAsync("surrogate", "import", _tda.InHome("surrogates", "seen"), "--name", "taken");
        var refused = await _tda.FailsAsync(3, "drift", "--surrogate", "taken");
        Assert.Contains("imported", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--since TIME", refused.Error, StringComparison.Ordinal);

        var report = await _tda.JsonAsync("drift", "--surrogate", "taken", "--since", "2026-11-02T10:00", "--sampled", "0", "--fewest", "20");
        Assert.Equal(("fresh", 60, 60), ((string)report["state"]!, (int)report["reference"]!, (int)report["new"]!));
    }

    [Fact]
    public async Task Attribute_DamagedReport_3AndNamesIt()
    {
        File.WriteAllText(_tda.InHome("surrogates", "small", "drift.json"), "{\"format\":");

        var error = (await _tda.FailsAsync(3, [.. "attribute --index lg --queries q.jsonl --run w --force".Split(' ')])).Error;

        Assert.Contains("drift.json", error, StringComparison.Ordinal);
        Assert.Contains("Run tda drift again", error, StringComparison.Ordinal);
    }

    /// <summary>Ten minutes apart, so that 60 come before ten o'clock.</summary>
    internal static async Task AppendAsync(TdaHomeRunner tda, int from, int count, string[] words)
    {
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(tda.Home));
        for (var i = from; i < from + count; i++)
        {
            var random = new Random(i);
            await store.AppendAsync(new Exchange
            {
                Id = Id(i),
                Route = "/v1/chat/completions",
                Method = "POST",
                Path = "/v1/chat/completions",
                StartedAt = Start.AddMinutes(10 * i),
                State = TerminalState.Complete,
                Status = 200,
                Model = "ours-1",
                Prompt = $"Tell me of {Enumerable.Range(0, 3).Select(_ => (char)('a' + random.Next(26))).Aggregate("", (text, c) => text + c)}.",
                Response = string.Join(' ', Enumerable.Range(0, 8).Select(_ => words[random.Next(words.Length)])),
            });
        }
    }

    private static string Id(int i) => $"0193d2a0-0000-7000-8000-{i:D12}";

    /// <summary>The small home with 120 answers in its log, and a surrogate distilled from them; made once.</summary>
    public sealed class SeenHome : IAsyncLifetime
    {
        internal SmallHome Small { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Small.InitializeAsync();
            await AppendAsync(Small.Made, 0, 120, SampleDocuments.Good);
            await Small.Made.JsonAsync([.. "distill --corpus web --name seen --width 16 --layers 1 --heads 1 --vocabulary 270".Split(' ')]);
        }

        public ValueTask DisposeAsync() => Small.DisposeAsync();
    }
}
