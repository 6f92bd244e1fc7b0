using Tda.Cli.Tests.BadInput;
using Tda.Cli.Tests.Terminal;
using Tda.TestKit;

namespace Tda.Cli.Tests.Things;

/// <summary>What the home holds can be listed, shown and removed.</summary>
public sealed class ThingsTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Ls_AllKinds_NamesEveryThingWithWhatItWasMadeFrom()
    {
        var rows = (await _tda.RunAsync("ls")).Output.TrimEnd().Split('\n').Select(line => line.Split('\t')).ToList();

        Assert.Equal(["name", "size", "age", "made from"], rows[0]);
        Assert.Equal(
            ["corpora/web docs.jsonl", "surrogates/small corpora/web", "indexes/ek surrogates/small", "indexes/lg surrogates/small", "runs/r indexes/lg"],
            rows.Skip(1).Select(row => $"{row[0]} {row[3]}"));
        Assert.All(rows.Skip(1), row => Assert.Matches(@"^[\d.]+ (B|KiB|MiB)$", row[1]));
    }

    [Fact]
    public async Task Ls_OneKindAsJson_HoldsThatKindAlone()
    {
        var only = Assert.Single((await _tda.JsonAsync("ls", "runs")).AsArray());

        Assert.Equal(("runs", "r", "tda attribute"), ((string)only!["kind"]!, (string)only["name"]!, (string)only["command"]!));
        Assert.Equal(["corpora/web", "indexes/lg", "surrogates/small"], only["made_from"]!.AsArray().Select(input => (string)input!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Ls_NoSuchKind_Is2AndNamesTheNearest() =>
        Assert.Contains("Did you mean 'corpora'?", (await _tda.FailsAsync(2, "ls", "corporas")).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Show_AnIndex_DrawsItsLineageBothWays()
    {
        var shown = (await _tda.RunAsync("show", "lg")).Output;

        Assert.StartsWith($"indexes/lg in {_tda.InHome("indexes", "lg")}", shown, StringComparison.Ordinal);
        Assert.Contains("by tda index", shown, StringComparison.Ordinal);
        Assert.Matches(@"\n  rank +2\n", shown);
        Assert.Matches(@"\n  shard-00000\.npy +[\d.]+ \w+  [0-9a-f]{12}\n", shown);
        Assert.EndsWith(
            """
            made from
              └─ surrogates/small
                 └─ corpora/web
                    └─ docs.jsonl

            made from it
              └─ runs/r

            """,
            shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_NameOfTwoThings_Is2AndAsksWhich()
    {
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "small");

        Assert.Contains("corpora/small or surrogates/small", (await _tda.FailsAsync(2, "show", "small")).Error, StringComparison.Ordinal);
        Assert.Equal("surrogates", (string)(await _tda.JsonAsync("show", "surrogates/small"))["kind"]!);
    }

    [Fact]
    public async Task Show_UnknownName_Is3AndNamesTheNearest() =>
        Assert.Contains("Did you mean 'small'?", (await _tda.FailsAsync(3, "show", "smal")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("corpus show wbe", "Did you mean 'web'?")]
    [InlineData("index --surrogate smal --corpus web --name i", "Did you mean 'small'?")]
    [InlineData("attribute --index gl --queries q.jsonl", "Did you mean 'lg'?")]
    [InlineData("evaluate planted --run rr --source bad", "Did you mean 'r'?")]
    [InlineData("report rr", "Did you mean 'r'?")]
    [InlineData("lab serve --name l", "There is none yet: make one with tda lab train.")]
    [InlineData("compare a b", "There is none yet: make one with tda measure.")]
    [InlineData("label show j", "There is none yet: make one with tda label train.")]
    public async Task Run_UnknownNameOfAVerbsThing_Is3AndSaysWhatThereIs(string line, string hint) =>
        Assert.Contains(hint, (await _tda.FailsAsync(3, line.Split(' '))).Error, StringComparison.Ordinal);

    [Fact]
    public async Task CorpusShow_BeginningOfAnId_ShowsTheWholeTextOrListsTheIds()
    {
        var all = await _tda.JsonAsync("corpus", "show", "web", "--id", "");
        var first = all["documents"]![0]!;

        Assert.Equal(12, (int)all["matches"]!);
        var whole = (await _tda.RunAsync("corpus", "show", "web", "--id", ((string)first["id"]!)[..10])).Output;
        Assert.Contains((string)first["text"]!, whole, StringComparison.Ordinal);
        Assert.StartsWith($"{first["id"]}  source {first["source"]}", whole, StringComparison.Ordinal);
        Assert.Contains("'zz'", (await _tda.FailsAsync(3, "corpus", "show", "web", "--id", "zz")).Error, StringComparison.Ordinal);
        Assert.Contains("12 documents' ids", (await _tda.RunAsync("corpus", "show", "web", "--id", "")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rm_WhatOthersWereMadeFrom_IsRefusedAndNamesThem()
    {
        var refused = await _tda.FailsAsync(2, "rm", "web", "small", "--yes");

        Assert.Contains("indexes/ek, indexes/lg", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_tda.InHome("corpora", "web")));
        await _tda.JsonAsync("rm", "web", "--yes", "--force");
        Assert.False(Directory.Exists(_tda.InHome("corpora", "web")));
        Assert.Contains("corpora/web (gone)", (await _tda.RunAsync("show", "small")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rm_ThingsWithAllThatWasMadeFromThem_RemovesThem()
    {
        var removed = await _tda.JsonAsync("rm", "lg", "runs/r", "--yes");

        Assert.Equal(["runs/r", "indexes/lg"], removed["removed"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(["corpora/web", "surrogates/small", "indexes/ek"], (await _tda.JsonAsync("ls")).AsArray().Select(row => $"{row!["kind"]}/{row["name"]}"));
    }

    [Fact]
    public async Task Rm_NobodyToAsk_Is2AndRemovesNothing()
    {
        await using var child = ChildProcess.Start(
            "bash", ["-c", $"'{Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"}' '{Path.Combine(AppContext.BaseDirectory, "tda.dll")}' rm r </dev/null"],
            new Dictionary<string, string?> { ["TDA_HOME"] = _tda.Home });
        var result = await child.ExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--yes", result.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_tda.InHome("runs", "r")));
    }

    [Theory]
    [InlineData("n", "nothing was removed", true)]
    [InlineData("y", "removed runs/r", false)]
    public async Task Rm_OnATerminal_AsksFirst(string answer, string said, bool stays)
    {
        (var code, var screen, _) = await PseudoTerminal.RunAsync(_tda, "rm r", typed: answer + "\\n");

        Assert.Equal(0, code);
        Assert.Contains("Remove runs/r", string.Join('\n', screen.Rows), StringComparison.Ordinal);
        Assert.StartsWith(said, screen.Rows[^1], StringComparison.Ordinal);
        Assert.Equal(stays, Directory.Exists(_tda.InHome("runs", "r")));
    }

    [Fact]
    public async Task Gc_LeftOverFolders_AreListedAndRemovedOnlyWhenTold()
    {
        Directory.CreateDirectory(_tda.InHome("runs", "killed.removed"));
        Directory.CreateDirectory(_tda.InHome("runs", "stopped.part"));
        await File.WriteAllTextAsync(_tda.InHome("runs", "stopped.part", ".lock"), "");

        var listed = (await _tda.RunAsync("gc")).Output;
        Assert.Contains("runs/killed.removed", listed, StringComparison.Ordinal);
        Assert.Contains("2 left over (0 B); tda gc --yes removes them", listed, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_tda.InHome("runs", "killed.removed")));

        var removed = await _tda.JsonAsync("gc", "--yes");
        Assert.Equal(2, removed["found"]!.AsArray().Count);
        Assert.False(Directory.Exists(_tda.InHome("runs", "killed.removed")));
        Assert.False(Directory.Exists(_tda.InHome("runs", "stopped.part")));
        Assert.Contains("nothing is left over", (await _tda.RunAsync("gc")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ls")]
    [InlineData("show r")]
    [InlineData("show corpora/web")]
    [InlineData("gc")]
    [InlineData("plan --corpus web --surrogate small --probe-tokens 0")]
    [InlineData("curate --corpus web --run r --name x --drop 1 --dry-run")]
    public async Task Print_OnATerminalOf80Columns_FitsIt(string line)
    {
        (var code, _, var raw) = await PseudoTerminal.RunAsync(_tda, line);

        Assert.Equal(0, code);
        var screen = new Screen(width: 1000); // wide, so that what is too long for 80 isn't wrapped; bars are drawn over
        screen.Write(raw);
        Assert.All(screen.Rows.Where(row => !row.Contains(_tda.Home, StringComparison.Ordinal)), row => Assert.InRange(row.Length, 0, 80));
    }
}
