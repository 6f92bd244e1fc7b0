using Tda.TestKit;

namespace Tda.Cli.Tests.Interruption;

/// <summary>Ctrl+C on a job: exit code 130, what was done is kept, and the same command goes on.</summary>
public sealed class TrainingInterruptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("labs/job", ".", "tokenizer.json", "lab train --corpus web --name job --epochs 8")]
    [InlineData("surrogates/job", "checkpoints", "step-*", "distill --corpus web --name job --exchanges none --epochs 150 --width 32 --layers 1 --heads 1 --vocabulary 280")]
    public async Task Train_InterruptedAndRunAgain_Finishes(string artifact, string folder, string kept, string line)
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 30);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        var command = line.Split(' ');

        await using (var job = _tda.Start(command))
        {
            await Eventually.TrueAsync(() => Kept($"{artifact}.part", folder, kept) is not null || job.HasExited, Patience);
            await job.InterruptAsync();
            var stopped = await job.ExitAsync(Patience);

            Assert.True(stopped.ExitCode == 130, $"{stopped}");
            Assert.Contains("run the same command", stopped.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", stopped.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(_tda.InHome(artifact)), "an unfinished artifact has no final name");
        var first = Kept($"{artifact}.part", folder, kept)!;

        var finished = await _tda.JsonAsync(command);

        Assert.Equal(30, (int)finished["documents"]!);
        Assert.False(Directory.Exists(_tda.InHome($"{artifact}.part")));
        var now = Kept(artifact, folder, kept)!;
        Assert.Equal((first.Name, first.LastWriteTimeUtc), (now.Name, now.LastWriteTimeUtc)); // gone on with, not made again
    }

    /// <summary>The first thing that the job makes and never makes twice.</summary>
    private FileSystemInfo? Kept(string artifact, string folder, string pattern)
    {
        var place = new DirectoryInfo(_tda.InHome(artifact, folder));
        return place.Exists
            ? place.EnumerateFileSystemInfos(pattern).Where(entry => !entry.Name.EndsWith(".part", StringComparison.Ordinal)).MinBy(entry => entry.Name, StringComparer.Ordinal)
            : null;
    }
}
