using Tda.Core.Drift;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// How well a surrogate predicts the upstream's answers over time: losses a token of answers to held-out prompts, which nothing was trained on
/// either before or since, so that old and new ones compare; by ISO week, or by equal numbers of answers where the log is short; with the
/// place where they changed most.
/// </summary>
internal static class FidelityTimeline
{
    private const int MostOfAPeriod = 400;
    private const int FewestWeeks = 4;
    private const int ShortestPeriod = 20;
    private const int MostShortPeriods = 12;

    /// <summary>The periods and the change; none below 20 answers.</summary>
    /// <param name="model">The surrogate.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="answers">Answers to held-out prompts, oldest first.</param>
    /// <param name="seed">Of intervals and shuffles.</param>
    /// <param name="progress">A bar.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static (IReadOnlyList<FidelityPeriod> Periods, FidelityChange? Change) Measure(
        LanguageModel model, ITokenizer tokenizer, IReadOnlyList<DatedAnswer> answers, long seed, IProgressSink progress, CancellationToken cancellation)
    {
        if (answers.Count < ShortestPeriod)
        {
            return ([], null);
        }

        var periods = Periods(answers).Select(period => (period.Name, Answers: Thinned(period.Answers))).ToList();
        DatedAnswer[] measured = [.. periods.SelectMany(period => period.Answers)];
        using var task = progress.Start("losses", measured.Length, "answers");
        var losses = new List<double>(measured.Length);
        foreach (var chunk in measured.Chunk(256))
        {
            TrainingExample[] examples = [.. chunk.Select(one => new LoggedResponse(one.Prompt, one.Response).Example(tokenizer, model.Config.MaxPositions))];
            losses.AddRange(SequenceLoss.PerExample(model, examples, cancellationToken: cancellation).Select((loss, i) => loss / examples[i].LabelCount));
            task.Report(losses.Count);
        }

        var result = new List<FidelityPeriod>();
        var at = 0;
        foreach (var (name, own) in periods)
        {
            var values = losses.GetRange(at, own.Count);
            at += own.Count;
            var interval = Bootstrap.OfMean(values, new BootstrapOptions { Seed = seed });
            var known = own.Count > 1;
            result.Add(new FidelityPeriod(name, own[0].At, own.Count, interval.Value, known ? interval.Low : null, known ? interval.High : null));
        }

        var change = ChangePoint.Pettitt(losses, seed: seed);
        var first = measured[change.Place];
        return (result, new FidelityChange(first.At, first.Id, change.P, change.Before, change.After));
    }

    /// <summary>Cuts the log into ISO weeks, or a short one into as many equal parts as hold enough answers.</summary>
    internal static IEnumerable<(string Name, List<DatedAnswer> Answers)> Periods(IReadOnlyList<DatedAnswer> answers)
    {
        var weeks = answers.GroupBy(one => WeekOf(one.At)).Select(week => (week.Key, week.ToList())).ToList();
        if (weeks.Count >= FewestWeeks)
        {
            return weeks;
        }

        var parts = Math.Clamp(answers.Count / ShortestPeriod, 1, MostShortPeriods);
        return Enumerable.Range(0, parts).Select(part =>
        {
            var (from, to) = (part * answers.Count / parts, (part + 1) * answers.Count / parts);
            return ($"answers {from + 1}–{to}", answers.Skip(from).Take(to - from).ToList());
        });
    }

    private static string WeekOf(DateTimeOffset at)
    {
        var day = at.UtcDateTime;
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):D2}");
    }

    // Evenly over the period; more would only narrow an interval.
    private static List<DatedAnswer> Thinned(List<DatedAnswer> answers) => answers.Count <= MostOfAPeriod
        ? answers
        : [.. Enumerable.Range(0, MostOfAPeriod).Select(i => answers[(int)((long)i * answers.Count / MostOfAPeriod)])];
}
