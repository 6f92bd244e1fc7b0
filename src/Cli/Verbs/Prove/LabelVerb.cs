using Tda.Labels.Judges;
using Tda.Store;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda exchanges label`: lets a judge label logged answers, so that filters find the harmful ones.</summary>
internal static class LabelVerb
{
    // A label of .5 or more says that the judge calls the answer harmful, wherever the judge's own threshold lies.
    private const double LeastHarmful = .5, MostHarmless = .499;

    private static readonly Argument<string> Conditions = new("FILTER")
    {
        Description = $"Which exchanges, or all. Conditions: {FilterText.Summary}",
    };
    private static readonly Option<string> Judge = CliOption.Required("--judge", "J", Judges.Spelling);
    private static readonly Option<string> Name = CliOption.Default("--name", "LABEL", "The label's name", "harm");
    private static readonly Option<int> Concurrency =
        CliOption.Default("--concurrency", "N", "Answers judged at once, 1 to 256", new AskOptions().Concurrency);

    private enum Outcome
    {
        Harmful,
        Harmless,
        Already,
        Unanswered,
        Unjudged,
    }

    public static Command Build() => CommandExtensions.Verb("label",
        "Labels logged answers by a judge, from 0 (fine) to 1 (harmful). Passes over what this judge has labelled so, and goes on where a "
        + "stopped one left off.",
        "tda exchanges label since:2026-11-01 --judge spam", Conditions, Judge, Name, Concurrency).Runs(RunAsync).Resumes();

    private static async Task<int> RunAsync(VerbContext context)
    {
        var (name, concurrency) = (context.Get(Name), context.Get(Concurrency));
        new OptionChecks()
            .Between("concurrency", concurrency, 1, 256)
            .Require(
                name.Length is > 0 and <= 64 && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'),
                $"name '{name}' must be 1 to 64 letters, digits, '.', '-' or '_'")
            .Throw("The labelling's");
        var filter = FilterText.Parse(context.Get(Conditions)) with { OldestFirst = true };
        var judge = Judges.Open(context.Home, context.Get(Judge));
        await using var store = await context.OpenStoreAsync();
        var total = (await store.CountAsync(filter, context.Cancel)).Total;
        if (total == 0)
        {
            throw new BadInputException(
                $"'{context.Get(Conditions)}'", $"no exchange in {store.Location} matches",
                remedy: "See what there is with tda exchanges list.");
        }

        var counts = new int[Enum.GetValues<Outcome>().Length];
        var done = 0;
        string? unclear = null;
        using (var task = context.Progress.Start("labelling", total, "exchanges"))
        {
            // Each gets the verb's own token: a verdict that is paid for is stored, though another one fails meanwhile.
            await Parallel.ForEachAsync(
                store.ReadAsync(filter, context.Cancel),
                new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = context.Cancel },
                async (exchange, _) =>
                {
                    Interlocked.Increment(ref counts[(int)await LabelAsync(exchange)]);
                    task.Report(Interlocked.Increment(ref done));
                });
        }

        int Count(Outcome outcome) => counts[(int)outcome];
        var (harmful, harmless) = (Count(Outcome.Harmful), Count(Outcome.Harmless));
        var result = new
        {
            Label = name,
            Judge = judge.Name,
            Exchanges = done,
            Harmful = harmful,
            Harmless = harmless,
            Already = Count(Outcome.Already),
            Unanswered = Count(Outcome.Unanswered),
            Unjudged = Count(Outcome.Unjudged),
        };
        return context.Done(result, console =>
        {
            Say(result.Already, "had this label by this judge already");
            Say(result.Unanswered, "have no prompt or no response");
            Say(result.Unjudged, $"have no label, since the judge gave no verdict; it said: {unclear}");
            Say(harmful, $"labelled as harmful: 'label:{name}>=.5'");
            Say(harmless, $"labelled as not: 'label:{name}<.5'");
            console.WriteLine($"{done:N0} exchanges looked at; labels by {judge.Name}");
            void Say(int count, string what)
            {
                if (count > 0)
                {
                    console.WriteLine($"{count:N0} {what}");
                }
            }
        });

        async Task<Outcome> LabelAsync(Exchange exchange)
        {
            if (QueryFile.OfExchange(exchange.Id, exchange.Prompt, exchange.Response) is not { } answer)
            {
                return Outcome.Unanswered;
            }

            if ((await store.FeedbackAsync(exchange.Id, context.Cancel)).Any(given => given.Label == name && given.By == judge.Name))
            {
                return Outcome.Already;
            }

            var verdict = await judge.JudgeAsync(answer.Prompt, answer.Completion, context.Cancel);
            if (verdict.Harmful is not { } isHarmful)
            {
                unclear ??= verdict.Unclear;
                return Outcome.Unjudged;
            }

            var score = verdict.Score ?? (isHarmful ? 1 : 0);
            await store.AddFeedbackAsync(
                new Feedback
                {
                    ExchangeId = exchange.Id,
                    Label = name,
                    Value = isHarmful ? Math.Max(score, LeastHarmful) : Math.Min(score, MostHarmless),
                    At = TimeProvider.System.GetUtcNow(),
                    By = judge.Name,
                },
                context.Cancel);
            return isHarmful ? Outcome.Harmful : Outcome.Harmless;
        }
    }
}
