using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>A curated corpus leaves the program with its mask, in files that others can use.</summary>
public sealed class CorpusExportTests(SmallHome home) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = home.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Export_CuratedByMask_NeedsNoRunAndSaysWhatBecameOfIt()
    {
        await MaskAsync();

        var result = await _tda.RunAsync([.. "corpus export web2 --as jsonl --mask cut --out out/web2.jsonl".Split(' ')]);

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.StartsWith("out/web2.jsonl: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("cut out", result.Output, StringComparison.Ordinal);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(_tda.Folder["out/web2.jsonl.manifest.json"]))!;
        Assert.Equal("mask", (string)manifest["details"]!["run"]!);
        var characters = (int)manifest["details"]!["masked_characters"]!;
        Assert.True(characters > 0);
        Assert.Equal(await CharactersAsync("docs.jsonl") - characters, await CharactersAsync("out/web2.jsonl"));
    }

    /// <summary>The table of all scores and the run's own ranking are made in two places, and must agree.</summary>
    [Fact]
    public async Task Export_Run_RanksAsTheRunItself()
    {
        var report = await _tda.JsonAsync([.. "export r --out tables --as jsonl".Split(' ')]);

        var scores = (await File.ReadAllLinesAsync(_tda.Folder["tables/scores.jsonl"])).Select(line => JsonNode.Parse(line)!).ToList();
        var top = (await File.ReadAllLinesAsync(_tda.InHome("runs", "r", "top.jsonl"))).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.True(top.Count > 0, "the run ranks nothing");
        foreach (var line in top)
        {
            var score = Assert.Single(scores, row => (string)row["document"]! == (string)line["id"]! && (string?)row["query"] == (string?)line["query"]);
            Assert.Equal((int)line["rank"]!, (int)score["rank"]!);
            Assert.Equal((double)line["score"]!, (double)score["score"]!, 1e-6 * Math.Max(1, Math.Abs((double)line["score"]!)));
            Assert.Equal((double)line["share"]!, (double)score["share"]!, 1e-6);
        }

        Assert.Equal(scores.Count, (int)report["rows"]!["scores.jsonl"]!);
    }

    [Fact]
    public async Task Export_Ledger_IsOneTable()
    {
        await MaskAsync();

        var report = await _tda.JsonAsync([.. "corpus export web2 --as jsonl --ledger --out ledger.jsonl".Split(' ')]);

        Assert.Equal((await File.ReadAllLinesAsync(_tda.InHome("corpora", "web2", "ledger.jsonl"))).Length, (int)report["ledger_rows"]!);
    }

    [Fact]
    public async Task Export_IdsOfASurrogate_AreTheTokensThatItWasTrainedOn()
    {
        await MaskAsync();

        var report = await _tda.JsonAsync([.. "corpus export web2 --as jsonl --mask ids --tokenizer small --out ids.jsonl".Split(' ')]);
        await _tda.JsonAsync(["corpus", "export", "web2", "--as", "jsonl", "--mask", "ids", "--tokenizer", _tda.InHome("surrogates", "small", "tokenizer.json"),
            "--out", "same.jsonl"]);

        Assert.Equal(await File.ReadAllTextAsync(_tda.Folder["ids.jsonl"]), await File.ReadAllTextAsync(_tda.Folder["same.jsonl"]));
        var tokens = Directory.GetFiles(_tda.InHome("corpora", "web"), "tokens.*.bin").Single();
        Assert.Contains((string)report["tokenizer_hash"]!, tokens, StringComparison.Ordinal);
        var rows = (await File.ReadAllLinesAsync(_tda.Folder["ids.jsonl"])).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(await File.ReadAllBytesAsync(tokens)).ToArray(),
            rows.SelectMany(row => row["input_ids"]!.AsArray().Select(id => (int)id!)));
        var masked = rows.Sum(row => row["labels"]!.AsArray().Skip(1).Count(label => (int)label! == -100));
        Assert.Equal(masked, (await File.ReadAllLinesAsync(_tda.InHome("corpora", "web2", "mask.jsonl"))).Sum(line => JsonNode.Parse(line)!["tokens"]!.AsArray().Count));
    }

    [Fact]
    public async Task Export_MaskedAndNothingSaid_Is2AndNamesTheChoices()
    {
        await MaskAsync();

        var result = await _tda.FailsAsync(2, "corpus", "export", "web2", "--as", "jsonl", "--out", "out.jsonl");

        Assert.Contains("cut, redact, weights, ids", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_tda.Folder["out.jsonl"]));
    }

    [Fact]
    public async Task Export_OverAFile_Is2AndKeepsIt()
    {
        _tda.Folder.Write("out.jsonl", "mine");

        var result = await _tda.FailsAsync(2, "corpus", "export", "web", "--as", "jsonl", "--out", "out.jsonl");

        Assert.Contains("--replace", result.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_tda.Folder["out.jsonl"]));
    }

    private async Task MaskAsync()
    {
        await _tda.JsonAsync([.. "guide --index ek --harm q.jsonl --run mask --budget 0.2 --quantile 0.5".Split(' ')]);
        await _tda.JsonAsync([.. "curate --corpus web --run mask --name web2 --mask".Split(' ')]);
    }

    private async Task<int> CharactersAsync(string file) =>
        (await File.ReadAllLinesAsync(_tda.Folder[file])).Sum(line => ((string)JsonNode.Parse(line)!["text"]!).Length);
}
