using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>Artifacts that were cut, changed or made by a newer program: refused by name, and what is stored stays as it is.</summary>
public sealed class ArtifactTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private const string Attribute = "attribute --index lg --queries q.jsonl --run r2";
    private const string Index = "index --surrogate small --corpus web --name new";
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("corpora/web/documents-00000.jsonl.gz", "corpus show web")]
    [InlineData("corpora/web/documents-00000.jsonl.gz", Index)]
    [InlineData("surrogates/small/model.safetensors", Index)]
    [InlineData("surrogates/small/tokenizer.json", Index)]
    [InlineData("surrogates/small/config.json", Index)]
    [InlineData("indexes/ek/factors.safetensors", "attribute --index ek --queries q.jsonl --run r2")]
    [InlineData("indexes/lg/shard-00000.npy", Attribute)]
    [InlineData("indexes/lg/manifest.json", Attribute)]
    [InlineData("runs/r/scores.npy", "curate --corpus web --run r --name web2 --drop 2")]
    [InlineData("runs/r/rows.jsonl", "evaluate planted --run r --source bad")]
    public async Task Read_TruncatedFile_Is3AndNamesTheFile(string file, string line)
    {
        SmallHome.Cut(_tda.InHome(file));
        var before = Everything();

        var result = await _tda.FailsAsync(3, line.Split(' '));

        Assert.Contains(Path.GetFileName(file), result.Error, StringComparison.Ordinal);
        Assert.Equal(before, Everything());
    }

    [Theory]
    [InlineData("corpora/web", "corpus show web")]
    [InlineData("surrogates/small", Index)]
    [InlineData("indexes/lg", Attribute)]
    [InlineData("runs/r", "evaluate planted --run r --source bad")]
    public async Task Read_ManifestOfANewerVersion_Is3AndSaysSo(string artifact, string line)
    {
        SmallHome.Edit(_tda.InHome(artifact, "manifest.json"), manifest => manifest["version"] = 999);

        var result = await _tda.FailsAsync(3, line.Split(' '));

        Assert.Contains(artifact, result.Error, StringComparison.Ordinal);
        Assert.Contains("999", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attribute_CorpusChangedSinceTheIndex_Is3AndNamesBoth()
    {
        SampleDocuments.Write(_tda.Folder["others.jsonl"], documents: 12, words: 12, seed: 2);
        await _tda.JsonAsync("corpus", "import", "others.jsonl", "--name", "web", "--replace");

        var result = await _tda.FailsAsync(3, "attribute", "--index", "ek", "--queries", "q.jsonl", "--run", "r2");

        Assert.Contains("web", result.Error, StringComparison.Ordinal);
        Assert.Contains("ek", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attribute_SurrogateWithAnotherTokenizer_Is3AndNamesIt()
    {
        await _tda.JsonAsync([.. "distill --corpus web --name small --exchanges none --width 16 --layers 1 --heads 1 --vocabulary 265 --replace".Split(' ')]);

        var result = await _tda.FailsAsync(3, "attribute", "--index", "ek", "--queries", "q.jsonl", "--run", "r2");

        Assert.Contains("small", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"id\":\"1\",\"prompt\":\"a\"}", "completion")]
    [InlineData("{\"id\":\"1\",", "line 1")]
    [InlineData("", "quer")]
    public async Task Attribute_QueriesThatAreNone_Is3AndNamesTheLine(string text, string named)
    {
        _tda.Folder.Write("bad.jsonl", text);

        var result = await _tda.FailsAsync(3, "attribute", "--index", "lg", "--queries", "bad.jsonl", "--run", "r2");

        Assert.Contains("bad.jsonl", result.Error, StringComparison.Ordinal);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("runs", "r2")));
    }

    [Fact]
    public async Task Evaluate_CorpusWithoutTheHarmfulSource_Is3AndNamesTheSources()
    {
        var result = await _tda.FailsAsync(3, "evaluate", "planted", "--run", "r", "--source", "spam");

        Assert.Contains("'spam'", result.Error, StringComparison.Ordinal);
        Assert.Contains("bad, good", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_RunWithoutAMask_Is3AndSaysWhatMakesOne() =>
        Assert.Contains("tda guide", (await _tda.FailsAsync(3, "curate", "--corpus", "web", "--run", "r", "--name", "web2", "--mask")).Error, StringComparison.Ordinal);

    /// <summary>Every finished artifact's files with their lengths; a job's unfinished folder and locks don't count.</summary>
    private string[] Everything() =>
    [
        .. Directory.EnumerateFiles(_tda.Home, "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains(".part", StringComparison.Ordinal) && !path.EndsWith(".lock", StringComparison.Ordinal))
            .Select(path => $"{path} {new FileInfo(path).Length}").Order(StringComparer.Ordinal),
    ];
}
