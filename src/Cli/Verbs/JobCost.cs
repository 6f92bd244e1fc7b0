using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Planning;
using Tda.Scoring.Replay;

namespace Tda.Cli.Verbs;

/// <summary>Says before a long job what it will take, and asks on a terminal whether to begin one that takes long or fills the disk.</summary>
internal static class JobCost
{
    /// <summary>Smaller corpora, compressed, are done sooner than a measurement is worth waiting for.</summary>
    private const long SmallestBytes = 100_000;

    /// <summary>Fewer answers are drawn sooner than a sample of them is worth drawing first.</summary>
    private const int FewestAnswers = 500;

    private const int ProbeTokens = 2048;

    private const double AskFromSeconds = 600;

    public static readonly Option<bool> Yes = CliOption.Flag("--yes", "Begin a long job without asking");

    /// <summary>Which layers an index, a plan or a grading goes by.</summary>
    public static Option<LayerScope?> Track() => EnumOption.Of<LayerScope>(
        "--track", "Layers whose gradients are tracked: those of attention and MLP, the LM head too, the token embedding too, or as all with a tied matrix as one", LayerScope.Blocks);

    /// <summary>
    /// Prints what a job over a corpus will take; asks where a person is there to answer and it takes over ten minutes, or more than is free.
    /// Says nothing of a small corpus, nor of unfinished work, of which a part is done, nor within a longer job, which knows its own length.
    /// </summary>
    /// <param name="context">The verb's.</param>
    /// <param name="corpus">The corpus.</param>
    /// <param name="artifact">What the job makes.</param>
    /// <param name="plan">Measures what it will take.</param>
    /// <exception cref="UsageException">The answer is no.</exception>
    public static Task AnnounceAsync(VerbContext context, Corpus corpus, string artifact, Func<JobPlan> plan) =>
        AnnounceAsync(context, corpus.StoredBytes >= SmallestBytes, artifact, plan);

    /// <summary>The same of a job that asks a model on this machine; says nothing of few answers.</summary>
    public static Task AnnounceAsync(VerbContext context, int answers, string artifact, Func<JobPlan> plan) =>
        AnnounceAsync(context, answers >= FewestAnswers, artifact, plan);

    private static async Task AnnounceAsync(VerbContext context, bool takesLong, string artifact, Func<JobPlan> plan)
    {
        if (context.IsNested || !takesLong || Directory.Exists(artifact + AtomicFileWriter.PartSuffix))
        {
            return;
        }

        var program = Program();
        var job = WithProgram(plan(), program);
        context.Progress.Message($"{job.Job}: about {(job.Seconds is { } seconds ? $"{PlainText.Time(seconds)}, " : "")}"
            + $"{PlainText.Size(job.MemoryBytes)} of memory, {PlainText.Size(job.DiskBytes)} of disk");
        var doubts = Doubts(
            job, new DriveInfo(Path.GetFullPath(context.Home.Root)).AvailableFreeSpace, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (doubts.Count > 0 && context.CanAsk && !await context.ConfirmAsync($"This {string.Join(" and ", doubts)}. Begin?", context.Get(Yes)))
        {
            throw new UsageException("Nothing was begun. --yes begins without asking.");
        }
    }

    /// <summary>
    /// What the program takes by itself, whatever the job: the engine's libraries above all. Taken before the first measurement, it is what
    /// any job starts with. Processor time stands for the time: starting waits for nothing.
    /// </summary>
    internal static (long Bytes, double Seconds) Program() => (Environment.WorkingSet, Environment.CpuUsage.TotalTime.TotalSeconds);

    /// <summary>A job as a person sees it: what it does, the program around that, and a third of its memory for what allocators hold back.</summary>
    internal static JobPlan WithProgram(JobPlan job, (long Bytes, double Seconds) program) =>
        job with { MemoryBytes = program.Bytes + (job.MemoryBytes * 4 / 3), Seconds = program.Seconds + job.Seconds };

    /// <summary>Why a person may not want this job to begin; empty where nothing speaks against it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="freeDisk">Bytes that are free where the home is.</param>
    /// <param name="memory">Bytes of memory that this process may take.</param>
    internal static List<string> Doubts(JobPlan job, long freeDisk, long memory)
    {
        List<string> doubts = [];
        if (job.Seconds > AskFromSeconds)
        {
            doubts.Add($"takes about {PlainText.Time(job.Seconds.Value)}");
        }

        if (job.DiskBytes > freeDisk)
        {
            doubts.Add($"needs {PlainText.Size(job.DiskBytes)} of disk, and {PlainText.Size(freeDisk)} are free");
        }

        if (job.MemoryBytes > memory)
        {
            doubts.Add($"needs {PlainText.Size(job.MemoryBytes)} of memory, and this machine has {PlainText.Size(memory)}");
        }

        return doubts;
    }

    /// <summary>The same of a job of the planner's, under a surrogate.</summary>
    public static Task AnnounceAsync(
        VerbContext context, string surrogate, string corpus, string artifact, string job, Func<PlanOptions, PlanOptions>? shaped = null,
        string? name = null)
    {
        _ = Surrogate.Open(context.Home.SurrogateDirectory(surrogate), verify: false); // a missing one is told of first
        return AnnounceAsync(context, Corpus.Open(context.Home.CorpusDirectory(corpus), verify: false), artifact, () =>
        {
            var options = new PlanOptions { Home = context.Home, Corpus = corpus, Surrogate = surrogate, ProbeTokens = ProbeTokens };
            var plan = Planner.Run(shaped?.Invoke(options) ?? options, context.Progress, context.Cancel);
            var planned = plan.Jobs.First(planned => planned.Job.StartsWith(job, StringComparison.Ordinal));
            return name is null ? planned : planned with { Job = name };
        });
    }

    /// <summary>The same of a pass over an index's corpus that computes gradients anew; a store's scores are read and need no warning.</summary>
    public static async Task AnnounceScoringAsync(VerbContext context, string index, string? method, string job, int queries, int? top = null)
    {
        var info = IndexDirectory.Open(context.Home.IndexDirectory(index), verify: false).Info;
        var by = method ?? AttributionMethods.DefaultFor(info.Method);
        if (by is "ekfac" or "grad-dot" or "grad-cos" or ReplayMethod.MethodName)
        {
            await AnnounceAsync(
                context, info.Surrogate, info.Corpus, context.Home.RunsDirectory, by == ReplayMethod.MethodName ? $"score {by}" : job, options => options with { Queries = queries, Top = top ?? options.Top, Parameters = info.Parameters, Track = info.Track },
                $"{context.Parsed.CommandResult.Command.Name} by {by}");
        }
    }
}
