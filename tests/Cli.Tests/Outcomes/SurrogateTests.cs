using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.Cli.Tests.Terminal;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>What `tda surrogate import` takes, and that attribution goes on from there without any training.</summary>
public sealed class SurrogateTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Import_ModelFolder_IndexedAndAttributedAsTheOneItCameFrom()
    {
        var imported = await _tda.RunAsync("surrogate", "import", _tda.InHome("surrogates", "small"), "--name", "taken");
        Assert.Equal(0, imported.ExitCode);
        Assert.All(["llama", "parameters", "attribution sees"], part => Assert.Contains(part, imported.Output, StringComparison.Ordinal));

        await _tda.JsonAsync([.. "index --surrogate taken --corpus web --name again --method ekfac".Split(' ')]);
        await _tda.JsonAsync([.. "attribute --index again --queries q.jsonl --run ours --force".Split(' ')]);
        await _tda.JsonAsync([.. "attribute --index ek --queries q.jsonl --run theirs --force".Split(' ')]);

        Assert.Equal(Ranking("theirs"), Ranking("ours"));
        Assert.Contains("surrogates/taken", (await _tda.RunAsync("ls", "surrogates")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_FolderThatIsNone_3WithWhatIsMissing()
    {
        var error = (await _tda.FailsAsync(3, "surrogate", "import", _tda.InHome("corpora", "web"), "--name", "s")).Error;

        Assert.Contains("config.json is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Distill_FromASurrogate_TakesItsShapeAndSaysSo()
    {
        var result = await _tda.JsonAsync([.. "distill --corpus web --name next --exchanges none --base small --epochs 1".Split(' ')]);

        Assert.Equal("surrogates/small", (string)result["base"]!);
        Assert.Equal(Config("small"), Config("next"));
        Assert.Contains("surrogates/small", (await _tda.RunAsync("ls", "surrogates")).Output, StringComparison.Ordinal);
        var options = JsonNode.Parse(File.ReadAllText(_tda.InHome("surrogates", "next", "training.json")))!["options"]!;
        Assert.Equal(("adam_w", 0.0288 / 16), ((string)options["optimizer"]!, (double)options["learning_rate"]!));
    }

    [Fact]
    public async Task Distill_OnTheClosedModelsTokenizer_KeepsItAndSaysWhatItTakes()
    {
        var tokenizer = _tda.InHome("surrogates", "small", "tokenizer.json");
        var run = await _tda.RunAsync([.. $"distill --corpus web --name own --exchanges none --width 16 --layers 1 --heads 1 --tokenizer {tokenizer}".Split(' ')]);

        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.Contains("whose embeddings are", run.Error, StringComparison.Ordinal);
        Assert.Equal(Vocabulary("small"), Vocabulary("own"));
    }

    [Fact]
    public async Task Distill_SpectralShampoo_ItsFactorsMakeAnIndex()
    {
        await _tda.JsonAsync([.. "distill --corpus web --name turned --exchanges none --optimizer spectral-shampoo --width 16 --layers 1 --heads 2 --beta1 0.8".Split(' ')]);
        var options = JsonNode.Parse(File.ReadAllText(_tda.InHome("surrogates", "turned", "training.json")))!["options"]!;
        Assert.Equal(("spectral_shampoo", 0.8), ((string)options["optimizer"]!, (double)options["beta1"]!));

        await _tda.JsonAsync([.. "index --surrogate turned --corpus web --name kept --method ekfac --factors-from-training".Split(' ')]);
        var details = JsonNode.Parse(File.ReadAllText(_tda.InHome("indexes", "kept", "manifest.json")))!["details"]!;
        Assert.True((bool)details["factors_from_training"]!);

        var error = (await _tda.FailsAsync(2, [.. "index --surrogate small --corpus web --name other --factors-from-training".Split(' ')])).Error;
        Assert.Contains("--optimizer spectral_shampoo", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--base small --width 8 --layers 2", 2, "leave out --width, --layers")]
    [InlineData("--base small --vocabulary 300", 2, "leave out --vocabulary")]
    [InlineData("--base small --context 5000", 2, "has only 192 positions")]
    [InlineData("--base smal", 3, "small")]
    [InlineData("--base small --tokenizer r50k_base", 2, "leave out --tokenizer")]
    [InlineData("--tokenizer r50k_base --vocabulary 300", 2, "leave out --vocabulary")]
    [InlineData("--tokenizer p50k", 2, "r50k_base, cl100k_base, o200k_base")]
    [InlineData("--tokenizer /dev/null", 3, "/dev/null")]
    [InlineData("--base small --optimizer muon", 2, "adam_w, schedule_free, shampoo or spectral_shampoo")]
    [InlineData("--optimizer adamwx", 2, "adam_w, muon, schedule_free")]
    [InlineData("--optimizer shampoo --beta2 1.5", 2, "beta2 is 1.5")]
    [InlineData("--shampoo-block 4", 2, "--shampoo-block")]
    public async Task Distill_BaseThatCannotBe_RefusedByName(string options, int code, string message)
    {
        var error = (await _tda.FailsAsync(code, [.. $"distill --corpus web --name next --exchanges none {options}".Split(' ')])).Error;

        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_DistilledAndImported_TellsWhatEachIs()
    {
        await _tda.JsonAsync("surrogate", "import", _tda.InHome("surrogates", "small"), "--name", "taken", "--context", "64");
        SmallHome.Cut(_tda.InHome("surrogates", "taken", "manifest.json"));

        var left = await _tda.RunAsync("surrogate", "list", "--json");

        // A broken one is told of, and doesn't hide the others.
        Assert.Contains("taken", left.Error, StringComparison.Ordinal);
        var one = Assert.Single(JsonNode.Parse(left.Output)!.AsArray())!;
        Assert.Equal(("small", "distilled", "llama", 192), ((string)one["name"]!, (string)one["origin"]!, (string)one["family"]!, (int)one["context"]!));
        Assert.Equal(["corpora/web"], one["made_from"]!.AsObject().Select(pair => pair.Key));
        Assert.Contains("small\tllama", (await _tda.RunAsync("surrogate", "list")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("surrogate list", "^(name +family +parameters +seen +context +memory +nats +made|─+|small +llama +0.0 M .*|seen: .*)$")]
    [InlineData("surrogate show small", @"^(\w[\w ]{13} |\s{15})\S")]
    public async Task ListAndShow_OnATerminal_AreNotBrokenAt80Columns(string line, string pattern)
    {
        var (code, screen, _) = await PseudoTerminal.RunAsync(_tda, line, 80);

        Assert.Equal(0, code);
        Assert.True(screen.Rows.Count > 3);
        Assert.All(screen.Rows, row => Assert.Matches(pattern, row));
    }

    [Fact]
    public async Task Show_DistilledAndImported_TellsHowEachWasMade()
    {
        await _tda.JsonAsync("surrogate", "import", _tda.InHome("surrogates", "small"), "--name", "taken", "--context", "64");

        var taken = await _tda.JsonAsync("surrogate", "show", "taken");
        var small = await _tda.JsonAsync("surrogate", "show", "small");

        Assert.Equal(("imported", "small", 64), ((string)taken["origin"]!, (string)taken["folder"]!, (int)taken["context"]!));
        Assert.Empty(taken["trainings"]!.AsArray());
        Assert.Equal((string)small["tokenizer_hash"]!, (string)taken["tokenizer_hash"]!);
        var training = Assert.Single(small["trainings"]!.AsArray())!;
        Assert.Equal(("muon", 12, 1), ((string)training["optimizer"]!, (int)training["documents"]!, (int)training["epochs"]!));
        Assert.Equal((int)training["steps"]!, (int)training["checkpoints"]!.AsArray()[^1]!);
        Assert.Equal(["F32"], small["stored_types"]!.AsArray().Select(type => (string)type!));
        var text = (await _tda.RunAsync("surrogate", "show", "small")).Output;
        Assert.All(["attribution sees", "corpora/web", "steps of muon", "no answer was held out"], part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.Contains("no surrogate of this name", (await _tda.FailsAsync(3, "surrogate", "show", "none")).Error, StringComparison.Ordinal);
    }

    private string Config(string surrogate) => File.ReadAllText(_tda.InHome("surrogates", surrogate, "config.json"));

    private string Vocabulary(string surrogate) =>
        JsonNode.Parse(File.ReadAllText(_tda.InHome("surrogates", surrogate, "tokenizer.json")))!["model"]!.ToJsonString();

    private List<string> Ranking(string run) =>
        [.. File.ReadLines(_tda.InHome("runs", run, "top.jsonl")).Select(line => (string)JsonNode.Parse(line)!["id"]!)];
}
