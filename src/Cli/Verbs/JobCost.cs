using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Distillation;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Planning;

namespace Tda.Cli.Verbs;

/// <summary>Says before a long job what it will take, and asks on a terminal whether to begin one that takes long or fills the disk.</summary>
internal static class JobCost
{
    /// <summary>Smaller corpora, compressed, are done sooner than a measurement is worth waiting for.</summary>
    private const long SmallestBytes = 100_000;

    private const int ProbeTokens = 2048;

    private const double AskFromSeconds = 600;

    public static readonly Option<bool> Yes = CliOption.Flag("--yes", "Begin a long job without asking");

    /// <summary>Prints the cost; asks where a person is there to answer and the job takes over ten minutes, or more than is free.</summary>
    /// <exception cref="UsageException">The answer is no.</exception>
    public static void Announce(VerbContext context, JobPlan job)
    {
        context.Progress.Message($"{job.Job}: about {(job.Seconds is { } seconds ? $"{Time(seconds)}, " : "")}{PlainText.Size(job.MemoryBytes)} of memory, {PlainText.Size(job.DiskBytes)} of disk");
        var doubts = Doubts(
            job, new DriveInfo(Path.GetFullPath(context.Home.Root)).AvailableFreeSpace, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (doubts.Count == 0 || context.Get(Yes) || context.Json || Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            return;
        }

        context.Progress.Stop();
        Console.Error.Write($"This {string.Join(" and ", doubts)}. Begin? [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new UsageException("Nothing was begun. --yes begins without asking.");
        }
    }

    /// <summary>Why a person may not want this job to begin; empty where nothing speaks against it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="freeDisk">Bytes that are free where the home is.</param>
    /// <param name="memory">Bytes of memory that this process may take.</param>
    internal static List<string> Doubts(JobPlan job, long freeDisk, long memory)
    {
        List<string> doubts = [];
        if (job.Seconds > AskFromSeconds)
        {
            doubts.Add($"takes about {Time(job.Seconds.Value)}");
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

    /// <summary>Whether there is anything to announce: a corpus of some length, and no unfinished work of which a part is done.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="artifact">What the job makes.</param>
    public static bool IsWorthIt(Corpus corpus, string artifact) =>
        corpus.StoredBytes >= SmallestBytes && !Directory.Exists(artifact + AtomicFileWriter.PartSuffix);

    /// <summary>Announces a job of a corpus under a surrogate, by a short measurement of this machine.</summary>
    public static void Announce(VerbContext context, string surrogate, string corpus, string artifact, string job, Func<PlanOptions, PlanOptions>? shaped = null)
    {
        _ = Surrogate.Open(context.Home.SurrogateDirectory(surrogate)); // a missing one is told of first
        if (!IsWorthIt(Corpus.Open(context.Home.CorpusDirectory(corpus), verify: false), artifact))
        {
            return;
        }

        var options = new PlanOptions { Home = context.Home, Corpus = corpus, Surrogate = surrogate, ProbeTokens = ProbeTokens };
        var plan = Planner.Run(shaped?.Invoke(options) ?? options, context.Progress, context.Cancel);
        Announce(context, plan.Jobs.First(planned => planned.Job.StartsWith(job, StringComparison.Ordinal)));
    }

    /// <summary>Announces a pass over the corpus of an index that computes its gradients anew; a store's scores are read and need no warning.</summary>
    public static void AnnounceScoring(VerbContext context, string index, string? method, string job, int queries)
    {
        var info = IndexDirectory.Open(context.Home.IndexDirectory(index), verify: false).Info;
        if ((method ?? AttributionMethods.DefaultFor(info.Method)) is "ekfac" or "grad-dot" or "grad-cos")
        {
            Announce(context, info.Surrogate, info.Corpus, context.Home.RunsDirectory, job, options => options with { Queries = queries });
        }
    }

    /// <summary>A time in the unit that suits it.</summary>
    public static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture,
        $"{(seconds >= 7200 ? seconds / 3600 : seconds >= 120 ? seconds / 60 : seconds):N1} {(seconds >= 7200 ? "h" : seconds >= 120 ? "min" : "s")}");
}
