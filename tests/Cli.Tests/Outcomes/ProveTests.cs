using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda prove`: the whole loop on a model that can be retrained here.</summary>
public sealed class ProveTests(ProvableHome provable) : IClassFixture<ProvableHome>, IDisposable
{
    private const string Options = "--lab closed --corpus web2 --prompts prompts.jsonl --benign benign.jsonl --judge words:words.txt --max-tokens 6 --out p";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TdaHomeRunner _tda = provable.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Prove_LabModel_RetrainsMeasuresComparesAndReachesTheRun()
    {
        var proof = await _tda.JsonAsync(Line());

        // The lab model itself is the one before: it was trained on the corpus that was curated, as the others are.
        Assert.Equal(
            ("closed", "p-web2", "p-random"),
            ((string)proof["labs"]!["before"]![0]!, (string)proof["labs"]!["web2"]![0]!, (string)proof["labs"]!["random"]![0]!));
        Assert.False(Directory.Exists(_tda.InHome("labs", "p-before")));
        Assert.Equal((10, 10), (Documents("p-web2"), Documents("p-random")));
        Assert.NotEqual(Dropped("web2"), Dropped("p-random"));
        Assert.Equal(5, (int)Manifest("labs/p-web2")["seeds"]!["training"]!);
        Assert.Equal(1, (int)Manifest("labs/p-web2")["options"]!["training"]!["epochs"]!);

        var comparison = proof["comparison"]!;
        Assert.Equal(["p-before", "p-web2", "p-random"], ((string[])["before", "after", "control"]).Select(which => (string)comparison[which]!["name"]!));
        Assert.Equal(4, ((string[])["fixed", "still_harmful", "newly_harmful", "fine_both"]).Sum(cell => (int)comparison["harm"]![cell]!));
        Assert.Equal(3, (int)comparison["perplexity_ratio"]!["texts"]!);
        foreach (var place in (string[])["runs/r", "proofs/p"])
        {
            Assert.True(JsonNode.DeepEquals(comparison, JsonNode.Parse(File.ReadAllText(_tda.InHome(place, "comparison.json")))), place);
        }

        foreach (var file in (string[])["runs/r/plans.json", "proofs/p/plans.json"])
        {
            Assert.True(JsonNode.DeepEquals(proof["plans"], JsonNode.Parse(File.ReadAllText(_tda.InHome(file)))), file);
        }

        Assert.Contains("Plans against controls", File.ReadAllText(_tda.InHome("proofs", "p", "plans.html")), StringComparison.Ordinal);
        Assert.Contains("exists already", (await _tda.FailsAsync(2, Line())).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_tda.Home, "*", SearchOption.AllDirectories), path => path.EndsWith(".part", StringComparison.Ordinal));
    }

    /// <summary>Alike but for the documents: trained again on the same ones, the model comes out the same, bit for bit.</summary>
    [Fact]
    public async Task Prove_OtherEpochsOrSeed_TrainsTheOneBeforeAnew()
    {
        await _tda.JsonAsync(Line("--epochs 2"));
        await _tda.JsonAsync("lab", "train", "--corpus", "web", "--name", "twice", "--epochs", "2", "--seed", "5");

        Assert.Equal(2, (int)Manifest("labs/p-before")["options"]!["training"]!["epochs"]!);
        Assert.Equal((string)Manifest("labs/twice")["outputs"]!["model.safetensors"]!, (string)Manifest("labs/p-before")["outputs"]!["model.safetensors"]!);
    }

    /// <summary>Every kind of control beside two curations, with two seeds: all trained, measured and compared.</summary>
    [Fact]
    public async Task Prove_SeveralPlansControlsAndSeeds_ComparesAllOfThem()
    {
        await File.WriteAllTextAsync(_tda.Folder["web3.yaml"], "stages:\n  - influence: { run: r, documents: 3 }\n");
        string[] lines = [.. ((string[][])[SampleDocuments.Bad, SampleDocuments.Good]).Select(
            words => $$"""{"text":"{{string.Join(' ', words.Take(5))}}","harmful":{{(words == SampleDocuments.Bad ? "true" : "false")}}}""")];
        await File.WriteAllLinesAsync(_tda.Folder["labelled.jsonl"], Enumerable.Repeat(lines, 20).SelectMany(both => both));
        string[] controls = ["random", "keyword", "classifier", "dedup", "dpo", "without:bad"];

        var proof = await _tda.JsonAsync(
            [.. Line("--seeds 2 --labelled labelled.jsonl --preferences q.jsonl"), "--plan", "web3.yaml", .. controls.SelectMany(control => (string[])["--control", control])]);

        // No document is like another, so dedup has nothing to take away.
        var plans = proof["plans"]!["plans"]!.AsArray();
        Assert.Equal(
            ["before", "web2", "web3", "random", "keyword", "classifier", "dpo", "without"], plans.Select(plan => (string)plan!["name"]!));
        Assert.Equal(["before", "plan", "plan", "control", "control", "control", "control", "ceiling"], plans.Select(plan => (string)plan!["kind"]!));
        Assert.All(plans, plan => Assert.Equal(2, plan!["harm_by_seed"]!.AsArray().Count));
        Assert.All(plans, plan => Assert.NotNull(plan!["words"]));
        Assert.Equal([5, 6], proof["plans"]!["seeds"]!.AsArray().Select(seed => (int)seed!));
        Assert.Equal(2 * 6, proof["plans"]!["differences"]!.AsArray().Count);

        // The first plan's two documents are the budget: a control of whole documents comes as near to it as they allow.
        long Gone(int plan) => (long)plans[plan]!["removed"]!["tokens"]!;
        Assert.InRange(Gone(5), .5 * Gone(1), 1.5 * Gone(1));
        Assert.True(Directory.Exists(_tda.InHome("labs", "p-dpo-seed-6")));
        Assert.True(File.Exists(_tda.InHome("labs", "p-dpo", "preferences.jsonl")));
        Assert.Equal(9, Documents("p-web3"));
        Assert.Equal(6, (int)Manifest("labs/p-web3-seed-6")["seeds"]!["training"]!);
        Assert.Equal((string)Manifest("labs/closed")["outputs"]!["model.safetensors"]!, (string)Manifest("labs/p-dpo")["inputs"]!["base closed"]!);
    }

    [Fact]
    public async Task Prove_Surrogate_TrainsModelsOfItsShapeOnDocumentsAlone()
    {
        var proof = await _tda.JsonAsync([.. Line("--surrogate small").Except(["--lab", "closed"])]);

        Assert.Equal("p-before", (string)proof["labs"]!["before"]![0]!);
        Assert.Equal((12, 10), (Documents("p-before"), Documents("p-web2")));
        var config = JsonNode.Parse(File.ReadAllText(_tda.InHome("labs", "p-web2", "config.json")))!;
        Assert.Equal(("llama", 16), ((string)config["model_type"]!, (int)config["hidden_size"]!));
        Assert.Equal(File.ReadAllText(_tda.InHome("surrogates", "small", "tokenizer.json")), File.ReadAllText(_tda.InHome("labs", "p-web2", "tokenizer.json")));
    }

    [Fact]
    public async Task Prove_Interrupted_GoesOnAndKeepsWhatWasDone()
    {
        var line = Line("--choices 20 --max-tokens 60");
        await using (var job = _tda.Start(line))
        {
            await Eventually.TrueAsync(() => Directory.Exists(_tda.InHome("labs", "p-web2")) || job.HasExited, Patience);
            await job.InterruptAsync();
            var stopped = await job.ExitAsync(Patience);
            Assert.True(stopped.ExitCode == 130, $"{stopped}");
            Assert.Contains("run the same command", stopped.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(_tda.InHome("proofs", "p")));
        var made = (string)Manifest("labs/p-web2")["created_at"]!;
        var other = await _tda.FailsAsync(2, [.. line, "--temperature", ".5"]);
        Assert.Contains("begun with other settings (temperature)", other.Error, StringComparison.Ordinal);

        await _tda.JsonAsync(line);

        Assert.Equal(made, (string)Manifest("labs/p-web2")["created_at"]!);
    }

    [Fact]
    public async Task Prove_Replace_MakesAllOfItAnew()
    {
        await _tda.JsonAsync(Line());
        var made = (string)Manifest("labs/p-random")["created_at"]!;

        await _tda.JsonAsync([.. Line("--control-seed 3"), "--replace"]);

        Assert.NotEqual(made, (string)Manifest("labs/p-random")["created_at"]!);
        Assert.Contains("seed 3", File.ReadAllText(_tda.InHome("corpora", "p-random", "ledger.jsonl")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--lab closed --corpus web", "wasn't made by tda curate")]
    [InlineData(2, "--lab closed --surrogate small --corpus web2", "Name one model")]
    [InlineData(2, "--lab closed --corpus web2 --epochs 0", "epochs is 0")]
    [InlineData(2, "--lab closed --corpus web2 --control luck", "--control luck isn't a control")]
    [InlineData(2, "--lab closed --corpus web2 --control without", "isn't a control")]
    [InlineData(2, "--lab closed --corpus web2 --control keyword", "--labelled FILE.jsonl")]
    [InlineData(2, "--lab closed --corpus web2 --control dpo", "--preferences FILTER")]
    [InlineData(2, "--lab closed --corpus web2 --seeds 0", "seeds is 0")]
    [InlineData(3, "--lab closed --plan none.yaml", "none.yaml")]
    [InlineData(3, "--lab gone --corpus web2", "labs/gone")]
    [InlineData(3, "--lab closed --corpus web2 --judge words:none.txt", "none.txt")]
    [InlineData(3, "--lab closed --corpus web2 --prompts docs.jsonl", "line 1 (byte 0): has no prompt")]
    public async Task Prove_AskedWrongly_SaysWhatBeforeAnyWork(int code, string options, string named)
    {
        var result = await _tda.FailsAsync(code, Line(options));

        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("proofs", "p.part")));
    }

    [Fact]
    public async Task Prove_ModelOfAnotherCorpus_Is3()
    {
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "other");
        await _tda.JsonAsync("lab", "train", "--corpus", "other", "--name", "stranger", "--epochs", "1");

        var result = await _tda.FailsAsync(3, Line("--lab stranger"));

        Assert.Contains("was trained on corpus other, but web2 was made from web", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The command with the options above, where others don't take their place.</summary>
    private static string[] Line(string others = "") =>
        ["prove", .. $"{Options} {others}".Split(' ', StringSplitOptions.RemoveEmptyEntries).Chunk(2).GroupBy(option => option[0]).SelectMany(group => group.Last())];

    private JsonNode Manifest(string artifact) => JsonNode.Parse(File.ReadAllText(_tda.InHome(artifact, "manifest.json")))!;

    private int Documents(string lab) => (int)Manifest($"labs/{lab}")["details"]!["documents"]!;

    private string[] Dropped(string corpus) => [.. File.ReadLines(_tda.InHome("corpora", corpus, "ledger.jsonl")).Select(line => (string)JsonNode.Parse(line)!["id"]!).Order()];
}

/// <summary>The small home with a lab model of its corpus, a curated corpus, prompts and a judge.</summary>
public sealed class ProvableHome : IAsyncLifetime
{
    private readonly SmallHome _small = new();

    public async ValueTask InitializeAsync()
    {
        await _small.InitializeAsync();
        var tda = _small.Made;
        await File.WriteAllLinesAsync(tda.Folder["words.txt"], SampleDocuments.Bad);
        SampleDocuments.WritePrompts(tda.Folder["prompts.jsonl"], SampleDocuments.Bad, 4);
        SampleDocuments.WritePrompts(tda.Folder["benign.jsonl"], SampleDocuments.Good, 3);
        await tda.JsonAsync("lab", "train", "--corpus", "web", "--name", "closed", "--epochs", "1", "--seed", "5");
        await tda.JsonAsync("curate", "--corpus", "web", "--run", "r", "--name", "web2", "--drop", "2");
    }

    public ValueTask DisposeAsync() => _small.DisposeAsync();

    internal TdaHomeRunner Copy() => _small.Copy();
}
