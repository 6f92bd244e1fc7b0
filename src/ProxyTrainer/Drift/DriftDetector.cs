using Tda.Core.Drift;
using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// Says whether a surrogate has gone stale:
/// <list type="number">
/// <item>Split the log into what the surrogate was distilled from and what came since.</item>
/// <item>Test the upstream's answers since against those then, and the prompts in the same way (<see cref="UpstreamChange"/>).</item>
/// <item>Test the surrogate's own answers against the upstream's to the same held-out prompts, then and since (<see cref="SurrogateAnswers"/>).</item>
/// <item>Measure the losses of held-out answers period by period, and where they changed (<see cref="FidelityTimeline"/>).</item>
/// <item>Give the verdict.</item>
/// </list>
/// The verdict goes by step 2 alone: it may be looked at as often as one likes. A surrogate is never its upstream, so the test of step 3 rejects
/// sooner or later whatever the upstream does; and the p-value of step 4 is good for one look.
/// </summary>
public static class DriftDetector
{
    /// <param name="model">The surrogate's model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="log">What is compared.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Bars.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Stops; nothing is written.</param>
    /// <exception cref="UsageException">Options out of range.</exception>
    public static DriftReport Run(
        LanguageModel model, ITokenizer tokenizer, DriftLog log, DriftOptions options, IProgressSink progress, TimeProvider time,
        CancellationToken cancellation = default)
    {
        options.Validate();

        // 1. Then and since.
        DatedAnswer[] answers = [.. log.Answers.OrderBy(one => one.At).ThenBy(one => one.Id, StringComparer.Ordinal)];
        DatedAnswer[] before = [.. answers.Where(one => one.At <= log.Since)];
        DatedAnswer[] since = [.. answers.Where(one => one.At > log.Since)];
        var report = new DriftReport
        {
            Surrogate = log.Surrogate,
            CheckedAt = time.GetUtcNow(),
            State = DriftState.Unknown,
            Verdict = "",
            Alpha = options.Alpha,
            Since = log.Since,
            Reference = before.Length,
            ReferenceThen = log.ReferenceThen,
            New = since.Length,
        };

        // 2. The upstream against itself.
        if (before.Length > 0 && since.Length > 0)
        {
            var features = new FourierFeatures(options.Seed);
            report = report with
            {
                Answers = Compare("answers", before, since, one => one.Response, features, options, progress, cancellation),
                Prompts = Compare("prompts", before, since, one => one.Prompt, features, options, progress, cancellation),
            };
        }

        // 3. The surrogate against the upstream, and 4. its losses: on prompts that nothing was trained on.
        DatedAnswer[] freshBefore = [.. before.Where(one => one.HeldOut)];
        DatedAnswer[] freshSince = [.. since.Where(one => one.HeldOut)];
        var own = new SurrogateAnswers(model, tokenizer, options);
        var (periods, change) = FidelityTimeline.Measure(model, tokenizer, [.. freshBefore, .. freshSince], options.Seed, progress, cancellation);
        report = report with
        {
            SurrogateThen = own.Compare("surrogate then", freshBefore, progress, cancellation),
            SurrogateSince = own.Compare("surrogate since", freshSince, progress, cancellation),
            Fidelity = periods,
            Change = change,
        };

        // 5. In words.
        return DriftVerdict.On(report, options);
    }

    private static BettingFinding Compare(
        string name, DatedAnswer[] before, DatedAnswer[] since, Func<DatedAnswer, string> text, FourierFeatures features, DriftOptions options,
        IProgressSink progress, CancellationToken cancellation)
    {
        using var task = progress.Start(name, since.Length, "pairs");
        var finding = UpstreamChange.Test(
            [.. before.Select(text)], [.. since.Select(text)], features, options.Alpha, options.Seed, done => task.Report(done), cancellation);
        return Named(finding, since);
    }

    /// <summary>A finding with the exchange at which it crossed.</summary>
    internal static BettingFinding Named(BettingFinding finding, DatedAnswer[] answers) => finding.CrossedAt is not { } at
        ? finding
        : finding with { CrossedId = answers[at - 1].Id, CrossedTime = answers[at - 1].At };
}

/// <summary>An upstream's answer, as a test of drift needs it of an exchange.</summary>
/// <param name="Id">The exchange's.</param>
/// <param name="At">When it began.</param>
/// <param name="Prompt">The prompt, as text.</param>
/// <param name="Response">The answer's text.</param>
/// <param name="HeldOut">Whether its prompt is one that the surrogate wasn't trained on.</param>
public sealed record DatedAnswer(string Id, DateTimeOffset At, string Prompt, string Response, bool HeldOut);

/// <summary>The log as a surrogate sees it.</summary>
/// <param name="Surrogate">The surrogate's name.</param>
/// <param name="Answers">All answers, in any order.</param>
/// <param name="Since">Those that began later are new.</param>
/// <param name="ReferenceThen">Exchanges that there were when it was distilled; null where that isn't known.</param>
public sealed record DriftLog(string Surrogate, IReadOnlyList<DatedAnswer> Answers, DateTimeOffset Since, int? ReferenceThen = null);

/// <summary>How drift is looked for.</summary>
public sealed record DriftOptions
{
    /// <summary>The chance of a false alarm, at most, however often one looks; above 0 and below 1. Default .05.</summary>
    public double Alpha { get; init; } = .05;

    /// <summary>Seed of features, pairs, samples and intervals. Keep it: another seed is another test. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Fewest answers, before and since, for a verdict of "fresh", at least 1. Default 100.</summary>
    public int Fewest { get; init; } = 100;

    /// <summary>Answers that the surrogate gives itself, for each of then and since, at most; 0: none. Default 200.</summary>
    public int Sampled { get; init; } = 200;

    /// <summary>Tokens of each that are compared, at most, at least 1; default 48.</summary>
    public int SampledTokens { get; init; } = 48;

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .Require(Alpha is > 0 and < 1, "alpha", Alpha, "above 0 and below 1")
        .AtLeast("fewest answers", Fewest, 1)
        .AtLeast("sampled answers", Sampled, 0)
        .AtLeast("sampled tokens", SampledTokens, 1)
        .Throw("The drift's");
}
