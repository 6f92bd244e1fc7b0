using Tda.Cli.Verbs;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>What a job says of its cost before it begins.</summary>
public sealed class JobCostTests : IDisposable
{
    private const long Gibibyte = 1L << 30;

    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public void Doubts_ShortJobThatFits_AreNone() =>
        Assert.Empty(JobCost.Doubts(new JobPlan("index ekfac", Gibibyte, Gibibyte, 599), 2 * Gibibyte, 2 * Gibibyte));

    [Fact]
    public void Doubts_LongJobThatFitsNowhere_NameEachReason()
    {
        var doubts = JobCost.Doubts(new JobPlan("index ekfac", 3 * Gibibyte, 4 * Gibibyte, 9000), 2 * Gibibyte, Gibibyte);

        Assert.Equal(
            ["takes about 2.5 h", "needs 3.0 GiB of disk, and 2.0 GiB are free", "needs 4.0 GiB of memory, and this machine has 1.0 GiB"], doubts);
    }

    [Fact]
    public async Task Index_OfACorpusOfSomeLength_SaysItsCostBeforeItBegins()
    {
        SampleDocuments.Write(_tda.Folder["few.jsonl"], documents: 20, words: 12);
        // Text that doesn't shrink when it is stored, so that little of it is enough.
        var random = new Random(1);
        File.WriteAllLines(_tda.Folder["many.jsonl"], Enumerable.Range(0, 150).Select(_ =>
        {
            var bytes = new byte[750];
            random.NextBytes(bytes);
            return JsonSerializer.Serialize(new { text = Convert.ToBase64String(bytes) });
        }));
        await _tda.JsonAsync("corpus", "import", "few.jsonl", "--name", "few");
        await _tda.JsonAsync("corpus", "import", "many.jsonl", "--name", "many");
        await _tda.JsonAsync([.. "distill --corpus few --name tiny --exchanges none --width 8 --layers 1 --heads 1 --vocabulary 270 --epochs 1".Split(' ')]);

        var few = await _tda.RunAsync("index", "--surrogate", "tiny", "--corpus", "few", "--name", "f", "--method", "logra", "--rank", "1");
        var many = await _tda.RunAsync("index", "--surrogate", "tiny", "--corpus", "many", "--name", "m", "--method", "logra", "--rank", "1");

        Assert.DoesNotContain("of memory", few.Error, StringComparison.Ordinal);
        Assert.Matches(@"index logra float32: about [\d.]+ (s|min), [\d.]+ MiB of memory, [\d.]+ .iB of disk", many.Error);
        Assert.Equal(0, many.ExitCode);
    }
}
