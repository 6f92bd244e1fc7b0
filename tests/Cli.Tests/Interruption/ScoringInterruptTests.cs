using Tda.TestKit;

namespace Tda.Cli.Tests.Interruption;

/// <summary>Ctrl+C and kill -9 on scoring: the same command goes on, under any run id, and ends as if nothing had happened.</summary>
public sealed class ScoringInterruptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("guide --index i --harm bad.jsonl --safe good.jsonl --token-score loss")]
    [InlineData("attribute --index i --queries bad.jsonl --method grad-cos --min-fidelity -1000 --tokens --top 200")]
    public async Task Scoring_InterruptedThenKilledThenRunAgain_EndsAsIfItHadNot(string line)
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 600, words: 60);
        SampleDocuments.WriteQueries(_tda.Folder["bad.jsonl"], SampleDocuments.Bad, prefix: "b");
        SampleDocuments.WriteQueries(_tda.Folder["good.jsonl"], SampleDocuments.Good, prefix: "g");
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        await _tda.JsonAsync([.. "distill --corpus web --name small --exchanges none --width 32 --layers 2 --heads 1 --vocabulary 270 --epochs 1".Split(' ')]);
        await _tda.JsonAsync([.. "index --surrogate small --corpus web --fit-share 0.05 --name i".Split(' ')]);
        string[] command = [.. line.Split(' '), "--run"];
        await _tda.JsonAsync([.. command, "whole"]);

        // 1. Ctrl+C once batches are done. When that is differs from machine to machine: later each time, until something was kept.
        for (var wait = 100; Kept() is null; wait *= 2)
        {
            await using var job = _tda.Start([.. command, "stopped"]);
            await job.LineAsync("^Index i", Patience);
            await Task.Delay(wait);
            await job.InterruptAsync();
            var stopped = await job.ExitAsync(Patience);
            Assert.True(stopped.ExitCode == 130, $"{stopped}");
            Assert.Contains("run the same command to go on", stopped.Error, StringComparison.Ordinal);
        }

        var listed = (await _tda.RunAsync("gc")).Output;
        Assert.Contains($"runs/{Path.GetFileName(Kept())}", listed, StringComparison.Ordinal);

        // 2. Killed while it goes on.
        await using (var job = _tda.Start([.. command, "killed"]))
        {
            await job.LineAsync("^Going on with unfinished work", Patience);
            job.Kill();
            await job.ExitAsync(Patience);
        }

        Assert.NotNull(Kept());

        // 3. To the end.
        var result = await _tda.RunAsync([.. command, "again"]);
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("Going on with unfinished work on the same question.", result.Error, StringComparison.Ordinal);
        Assert.Null(Kept());
        Assert.False(Directory.Exists(_tda.InHome("runs", "stopped")));
        foreach (var file in Directory.GetFiles(_tda.InHome("runs", "whole")).Select(f => Path.GetFileName(f)!).Where(f => f.EndsWith(".npy", StringComparison.Ordinal) || f is "top.jsonl" or "mask.jsonl"))
        {
            Assert.Equal(await File.ReadAllBytesAsync(_tda.InHome("runs", "whole", file)), await File.ReadAllBytesAsync(_tda.InHome("runs", "again", file)));
        }
    }

    private string? Kept() => Directory.GetDirectories(_tda.InHome("runs"), ".*.part").SingleOrDefault();
}
