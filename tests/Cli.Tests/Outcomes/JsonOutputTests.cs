using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>With --json a pipeline can parse all of standard output.</summary>
public sealed class JsonOutputTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Corpus_ImportListShow_PrintOneJsonValueEach()
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 9);

        var imported = await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        var list = await _tda.JsonAsync("corpus", "list");
        var shown = await _tda.JsonAsync("corpus", "show", "web");

        Assert.Equal(9, (int)imported["documents"]!);
        Assert.Equal("web", (string)list.AsArray().Single()!["name"]!);
        Assert.Equal(3, (int)shown["sources"]!["bad"]!);
        Assert.Equal(64, ((string)shown["content_hash"]!).Length);
    }

    [Fact]
    public async Task Exchanges_OfAnEmptyLog_AreEmptyAndVerified()
    {
        await _tda.JsonAsync("keys", "issue", "--name", "team"); // makes the log
        Assert.Empty((await _tda.JsonAsync("exchanges", "list")).AsArray());
        Assert.True((bool)(await _tda.JsonAsync("exchanges", "verify"))["passed"]!);
        Assert.Equal(0, (int)(await _tda.JsonAsync("exchanges", "export", "--out", _tda.Folder["log.jsonl"]))["exchanges"]!);
        Assert.True(File.Exists(_tda.Folder["log.jsonl"]));
    }

    [Fact]
    public async Task DoctorAndPlan_PrintWhatTheyFound()
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 9);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");

        var doctor = await _tda.JsonAsync("doctor", "--quick");
        var plan = await _tda.JsonAsync("plan", "--corpus", "web");

        Assert.NotEmpty(doctor["devices"]!.AsArray());
        Assert.Equal(9, (int)plan["documents"]!);
        Assert.True((long)plan["training_bytes"]! > 0);
        Assert.Equal(["distil", "lab train"], plan["jobs"]!.AsArray().Select(job => (string)job!["job"]!));
    }

    [Fact]
    public async Task Fail_WithJson_LeavesStandardOutputEmpty()
    {
        var result = await _tda.RunAsync("corpus", "show", "none", "--json");

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Output);
    }
}
