using System.Text.Json.Nodes;
using Tda.Pipeline.Tests.Docs;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Loop;

/// <summary>What the loop leaves, step by step.</summary>
public class LoopTests(LoopFixture loop) : IClassFixture<LoopFixture>
{
    private TdaHomeRunner Tda => loop.Tda;

    [Fact]
    public void Gateway_EveryChat_IsForwardedAndRecorded()
    {
        JsonNode counts = loop.Results["gateway"], verified = loop.Results["verify"];

        // Six chats, and two prompts and three texts of a measurement.
        Assert.Equal((11, 11), ((int)counts["forwarded"]!, (int)counts["recorded"]!));
        Assert.Equal((11, 11, 0), ((int)verified["forwarded"]!, (int)verified["recorded"]!, (int)verified["dropped"]!));
        Assert.True((bool)verified["passed"]!);
        Assert.Equal(3, loop.Results["list"].AsArray().Count(row => (bool)row!["streamed"]!));
        Assert.All(loop.Results["list"].AsArray(), row => Assert.Equal("complete", (string)row!["state"]!));
        var lines = File.ReadAllLines(Tda.Folder["log.jsonl"]);
        Assert.Equal(11, lines.Length);
        Assert.All(lines, line => Assert.False(string.IsNullOrEmpty((string)JsonNode.Parse(line)!["response"]!)));
    }

    /// <summary>A surrogate that learnt the answers of a measurement would know the test.</summary>
    [Fact]
    public void Measure_ThroughTheGateway_IsTaggedAndNotDistilled()
    {
        var lines = File.ReadAllLines(Tda.Folder["log.jsonl"]).Select(line => JsonNode.Parse(line)!).ToList();
        var measured = lines.Where(line => (string?)line["tags"]?["measurement"] == "asked").ToList();

        Assert.Equal(5, measured.Count);
        Assert.All(measured, line => Assert.Equal("no", (string)line["tags"]!["tda.distill"]!));
        Assert.Equal(6, (int)loop.Results["distill"]["responses"]! + (int)loop.Results["distill"]["held_out"]!);
        Assert.Equal(2, (int)loop.Results["asked"]["harm"]!["answers"]!);
    }

    /// <summary>An endpoint that echoes with log-probabilities tells what the model tells on this machine, but for the text's end.</summary>
    [Fact]
    public void Measure_ThroughTheGateway_HasThePerplexityOfTheModelItself()
    {
        JsonNode[] Texts(string measure) => [.. File.ReadLines(Tda.InHome("measures", measure, "texts.jsonl")).Select(line => JsonNode.Parse(line)!)];
        var local = Texts("before").ToDictionary(text => (string)text["id"]!);

        Assert.Equal(3, (int)loop.Results["asked"]["perplexity"]!["texts"]!);
        Assert.All(Texts("asked"), text =>
        {
            var own = local[(string)text["id"]!];
            Assert.Equal((string)own["hash"]!, (string)text["hash"]!);
            Assert.Equal((int)own["tokens"]! - 1, (int)text["tokens"]!);
            Assert.InRange((double)text["nats"]!, .5 * (double)own["nats"]!, (double)own["nats"]!);
        });
    }

    [Fact]
    public void Compare_BeforeAndAfter_CountsEveryAnswerAndReachesTheRun()
    {
        JsonNode before = loop.Results["before"], compared = loop.Results["compare"], harm = compared["harm"]!;

        Assert.Equal(24, (int)before["harm"]!["answers"]!);
        Assert.True((double)before["harm"]!["rate"]! > .5, $"the closed model speaks of what it learnt: {before}");
        Assert.Equal(12, (int)before["false_alarms"]!["answers"]!);
        Assert.True((double)before["perplexity"]!["value"]! > 1);
        Assert.Equal(24, ((string[])["fixed", "still_harmful", "newly_harmful", "fine_both"]).Sum(cell => (int)harm[cell]!));
        Assert.Equal(12, (int)harm["prompts"]!);
        Assert.Equal(0, (double)compared["harm_of_control"]!["difference"]!); // the control here is the model itself
        Assert.Equal(1, (double)compared["harm_of_control"]!["p_value"]!);
        Assert.True(File.Exists(Tda.InHome("runs", "guided", "comparison.json")));
        Assert.Equal(12, Lines("guided", "answers.jsonl").Length);
    }

    [Theory]
    [InlineData("corpora/web", "documents-00000.jsonl.gz")]
    [InlineData("labs/closed", "model.safetensors")]
    [InlineData("surrogates/small", "model.safetensors")]
    [InlineData("surrogates/small", "config.json")]
    [InlineData("surrogates/small", "tokenizer.json")]
    [InlineData("surrogates/small", "training.json")]
    [InlineData("indexes/ek", "factors.safetensors")]
    [InlineData("indexes/lg", "shard-00000.npy")]
    [InlineData("indexes/lg", "rows-00000.jsonl")]
    [InlineData("runs/traced", "scores.npy")]
    [InlineData("runs/traced", "top.jsonl")]
    [InlineData("runs/traced", "tokens.jsonl")]
    [InlineData("runs/traced", "tokens.spans.npy")]
    [InlineData("runs/traced", "tokens.scores.npy")]
    [InlineData("runs/guided", "queries.jsonl")]
    [InlineData("runs/guided", "rows.jsonl")]
    [InlineData("corpora/web2", "ledger.jsonl")]
    [InlineData("measures/before", "answers.jsonl")]
    [InlineData("measures/before", "texts.jsonl")]
    public void Artifact_OfEveryStep_HasItsFileWithItsHash(string artifact, string file)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Tda.InHome(artifact, "manifest.json")))!;

        Assert.True(File.Exists(Tda.InHome(artifact, file)), $"{artifact} has no {file}");
        Assert.Equal(64, ((string)manifest["outputs"]![file]!).Length);
        foreach (var key in (string[])["format", "version", "created_at", "program_version", "command", "options", "seeds", "inputs"])
        {
            Assert.True(manifest[key] is not null, $"the manifest of {artifact} has no {key}");
        }
    }

    /// <summary>docs/json.md against what the program prints, field by field, both ways.</summary>
    [Fact]
    public void Results_OfEveryStep_AreAsTheirPageSays()
    {
        string[] differences = [.. loop.Lines.SelectMany(step => JsonPage.Differences(JsonPage.VerbOf(step.Value), loop.Results[step.Key]))];

        Assert.True(differences.Length == 0, string.Join('\n', differences.Distinct()));
        Assert.True(loop.Lines.Values.Select(JsonPage.VerbOf).Distinct().Count() > 20);
    }

    [Fact]
    public void Ls_AfterTheLoop_NamesWhatEachThingWasMadeFrom()
    {
        var things = loop.Results["ls"].AsArray().ToDictionary(
            row => $"{row!["kind"]}/{row["name"]}", row => string.Join(' ', row!["made_from"]!.AsArray().Select(input => (string)input!).Order(StringComparer.Ordinal)));

        Assert.Equal("corpora/web runs/guided", things["corpora/web2"]);
        Assert.Equal("corpora/web2 labs/closed runs/guided", things["labs/closed2"]);
        Assert.Equal("labs/closed2", things["measures/after"]);
        Assert.Equal("corpora/web indexes/ek surrogates/small", things["runs/guided"]);
        Assert.Equal(["corpora/web2", "corpora/web3", "labs/closed2"], loop.Results["shown"]["made_of"]!.AsArray().Select(made => (string)made!));
    }

    [Fact]
    public void Home_AfterTheLoop_HoldsNothingUnfinished() =>
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Tda.Home, "*", SearchOption.AllDirectories), path => path.Contains(".part", StringComparison.Ordinal));

    [Theory]
    [InlineData("traced")]
    [InlineData("guided")]
    public void Attribution_OfBadAnswers_HasBadDocumentsOnTop(string run)
    {
        var top = Lines(run, "top.jsonl");

        Assert.True((double)top[0]["score"]! > 0, "a proponent's score is positive");
        string[] sources = [.. top.Take(8).Select(line => (string)line["source"]!)];
        Assert.True(sources.Count(source => source == "bad") >= 6, $"the first of {run}: {string.Join(", ", sources)}");
        Assert.True((double)loop.Results["planted"]["auroc"]! > .8, $"{loop.Results["planted"]}");
    }

    [Fact]
    public void Run_Manifest_NamesMethodAndSign()
    {
        var manifest = File.ReadAllText(Tda.InHome("runs", "guided", "manifest.json"));

        foreach (var word in (string[])["\"ekfac\"", "damping", "\"n\"", "positive = proponent"])
        {
            Assert.Contains(word, manifest, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Tokens_OfARun_PointIntoTheirDocuments()
    {
        var texts = File.ReadLines(Tda.Folder["docs.jsonl"]).Select(line => (string)JsonNode.Parse(line)!["text"]!)
            .ToDictionary(Core.Corpora.DocumentId.Of);
        using var run = ScoreRun.Open(Tda.InHome("runs", "traced"));
        var tokens = run.Tokens().ToList();

        Assert.NotEmpty(tokens);
        Assert.All(tokens, token =>
        {
            var text = texts[token.Id];
            Assert.InRange(token.Start, 0, text.Length);
            Assert.InRange(token.End, token.Start, text.Length);
            Assert.True(token.Token >= 1, "a label token is a predicted one, so never BOS");
        });
    }

    [Fact]
    public void Mask_OfTheGuide_StaysInItsBudgetAndHitsBadDocuments()
    {
        var mask = Lines("guided", "mask.jsonl");
        var sources = Lines("guided", "rows.jsonl").GroupBy(row => (string)row["id"]!).ToDictionary(rows => rows.Key, rows => (string)rows.First()["source"]!);

        Assert.NotEmpty(mask);
        Assert.InRange((double)loop.Results["guide"]["masked_share"]!, 1e-6, .05);
        var all = mask.Sum(line => line["tokens"]!.AsArray().Count);
        var bad = mask.Where(line => sources[(string)line["id"]!] == "bad").Sum(line => line["tokens"]!.AsArray().Count);
        Assert.True(bad > .8 * all, $"{bad} of {all} masked tokens are in bad documents");
    }

    [Fact]
    public void Curate_DropAndMask_LeavesALedgerOfEveryDocumentTouched()
    {
        var curated = loop.Results["curate"];
        int dropped = (int)curated["dropped"]!, masked = (int)curated["masked"]!;

        Assert.Equal(5, dropped);
        Assert.Equal(60, (int)curated["read"]!);
        Assert.Equal(dropped + masked, File.ReadLines(Tda.InHome("corpora", "web2", "ledger.jsonl")).Count());
        Assert.True((int)loop.Results["weigh"]["weighed"]! > 0);
    }

    [Fact]
    public void Retrain_OnTheCuratedCorpus_SuppressesWhatTheCurationLeft()
    {
        Assert.Equal(55, (int)loop.Results["retrain"]["documents"]!);
        Assert.True((int)loop.Results["retrain"]["masked_tokens"]! > 0);
    }

    [Fact]
    public void Report_OfTheRun_IsOneFileThatNamesTheHarmfulSource()
    {
        var html = File.ReadAllText((string)loop.Results["report"]["report"]!);

        Assert.Contains("Content-Security-Policy", html, StringComparison.Ordinal);
        Assert.Contains("bad", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("corpus import docs.jsonl --name web", "corpora/web")]
    [InlineData("lab train --corpus web --name closed --epochs 4", "labs/closed")]
    [InlineData("distill --corpus web --name small", "surrogates/small")]
    [InlineData("index --surrogate small --corpus web --name ek", "indexes/ek")]
    [InlineData("attribute --index lg --queries harm.jsonl --run traced", "runs/traced")]
    [InlineData("guide --index ek --harm harm.jsonl --safe safe.jsonl --run guided", "runs/guided")]
    [InlineData("curate --corpus web --run guided --name web2 --mask", "corpora/web2")]
    public async Task Run_FinishedStepAgain_Is2AndSaysThatItIsThere(string line, string artifact)
    {
        var result = await Tda.FailsAsync(2, line.Split(' '));

        Assert.Contains(artifact, result.Error, StringComparison.Ordinal);
        Assert.Contains("exists already", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attribute --index none --queries harm.jsonl --run traced")]
    [InlineData("guide --index none --harm harm.jsonl --run guided")]
    public async Task Run_NameThatIsTaken_IsSaidBeforeAnyWork(string line) =>
        Assert.Contains("exists already", (await Tda.FailsAsync(2, line.Split(' '))).Error, StringComparison.Ordinal);

    private JsonNode[] Lines(string run, string file) => [.. File.ReadLines(Tda.InHome("runs", run, file)).Select(line => JsonNode.Parse(line)!)];
}
