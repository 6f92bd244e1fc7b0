using Tda.Cli.Proving;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda plan` and what a verb says of its cost before it begins, for those that train models and ask them.</summary>
public sealed class PlannedJobsTests(ProvableHome provable) : IClassFixture<ProvableHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = provable.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Plan_EveryVerbThatComputes_HasARowWithDiskMemoryAndTime()
    {
        var plan = await _tda.JsonAsync([.. "plan --corpus web --surrogate small --lab closed --queries 4 --probe-tokens 64".Split(' ')]);

        var jobs = plan["jobs"]!.AsArray();
        string[] verbs =
        [
            "distil", "index ekfac", "index logra float32", "score logra float32, 4 queries", "score ekfac, 4 queries", "guide ekfac, 4 queries",
            "lab train", "measure lab, 4 prompts", "prove lab, 4 prompts", "measure surrogate, 4 prompts", "prove surrogate, 4 prompts",
        ];
        Assert.Empty(verbs.Except(jobs.Select(job => (string)job!["job"]!)));
        Assert.All(jobs, job => Assert.True((long)job!["disk_bytes"]! > 0 && (long)job["memory_bytes"]! > 0 && (double)job["seconds"]! > 0, $"{job}"));
    }

    [Fact]
    public async Task Plan_DiskOfASurrogate_IsWhatItTakes()
    {
        var plan = await _tda.JsonAsync([.. "plan --corpus web --surrogate small --probe-tokens 0".Split(' ')]);

        var planned = (long)plan["jobs"]!.AsArray().Single(job => (string)job!["job"]! == "distil")!["disk_bytes"]!;
        var taken = Directory.EnumerateFiles(_tda.InHome("surrogates", "small"), "*.safetensors", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.InRange(planned, .5 * taken, 2 * taken);
    }

    [Fact]
    public async Task Measure_ManyAnswersOfAModelOnThisMachine_SaysItsCostBeforeItBegins()
    {
        string[] line = [.. "measure --lab closed --prompts prompts.jsonl --judge words:words.txt --max-tokens 2".Split(' ')];
        var few = await _tda.RunAsync([.. line, "--out", "few"]);
        var many = await _tda.RunAsync([.. line, "--choices", "100", "--benign", "benign.jsonl", "--out", "many"]);

        Assert.DoesNotContain("of memory", few.Error, StringComparison.Ordinal);
        Assert.Matches(@"measure lab closed: about [\d.]+ s, [\d.]+ MiB of memory, [\d.]+ .iB of disk", many.Error);
        Assert.Equal((0, 0), (few.ExitCode, many.ExitCode));
    }

    [Fact]
    public void Of_TwoTrainingsAndThreeMeasurements_AddUp()
    {
        var (training, measuring) = (new JobPlan("lab train", 1000, 50, 10), new JobPlan("measure", 100, 20, 4));
        var corpus = Corpus.Open(_tda.InHome("corpora", "web"));
        var weights = new FileInfo(_tda.InHome("labs", "closed", "model.safetensors")).Length;

        var proof = ProofEstimate.Of("prove", new ProofSize(3, 2, 1), training, measuring, corpus, _tda.InHome("labs", "closed"));

        Assert.Equal((corpus.StoredBytes + 1000 + weights + 300, Math.Max(50, 20 * Math.Min(3, Environment.ProcessorCount))), (proof.DiskBytes, proof.MemoryBytes));
        Assert.Equal(20 + (12.0 / Math.Min(3, Environment.ProcessorCount)), proof.Seconds);
    }
}
