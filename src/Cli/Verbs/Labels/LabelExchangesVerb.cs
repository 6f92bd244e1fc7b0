using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Tda.Labels.Labelers;
using Tda.Store;

namespace Tda.Cli.Verbs.Labels;

/// <summary>`tda label exchanges`: labels logged answers, so that filters find them.</summary>
internal static class LabelExchangesVerb
{
    private static readonly Argument<string> Conditions = new("FILTER")
    {
        Description = $"Which exchanges, or all. Conditions: {FilterText.Summary}",
    };

    public static Command Build() => CommandExtensions.Verb("exchanges",
        "Labels logged answers, each label from 0 (no) to 1 (yes). Passes over what this labeler has labelled so, and goes on where a "
        + "stopped one left off.",
        "tda label exchanges since:2026-11-01 --with spam", Conditions, LabelingOptions.With, LabelingOptions.Name, LabelingOptions.Concurrency).Runs(RunAsync).Resumes();

    private static async Task<int> RunAsync(VerbContext context)
    {
        var filter = FilterText.Parse(context.Get(Conditions)) with { OldestFirst = true };
        var labeler = LabelingOptions.Open(context);
        await using var store = await context.OpenStoreAsync();
        var total = (await store.CountAsync(filter, context.Cancel)).Total;
        if (total == 0)
        {
            throw new BadInputException(
                $"'{context.Get(Conditions)}'", $"no exchange in {store.Location} matches",
                remedy: "See what there is with tda exchanges list.");
        }

        var tally = new LabelTally(labeler);
        int looked = 0, already = 0, unanswered = 0;
        var ids = new ConcurrentDictionary<long, string>();
        using (var task = context.Progress.Start("labelling", total, "exchanges"))
        {
            await foreach (var result in labeler.LabelAsync(AnswersAsync(context.Cancel), context.Cancel))
            {
                ids.TryRemove(result.Index, out var id);
                foreach (var (label, value) in result.Values)
                {
                    await store.AddFeedbackAsync(
                        new Feedback { ExchangeId = id!, Label = label, Value = value, At = TimeProvider.System.GetUtcNow(), By = labeler.Name }, context.Cancel);
                }

                tally.Add(result);
                task.Report(already + unanswered + tally.Texts);
            }
        }

        var shown = new { By = labeler.Name, Exchanges = looked, Already = already, Unanswered = unanswered, tally.Unjudged, tally.Cut, Labels = tally.Labels(), Usage = tally.Cost(context.Home) };
        return context.Done(shown, console =>
        {
            LabelTally.Say(console, already, "had these labels by this labeler already");
            LabelTally.Say(console, unanswered, "have no prompt or no response");
            tally.Print(console, label => $"'label:{label}>=.5'");
            LabelTally.Print(console, shown.Usage);
            console.WriteLine($"{looked:N0} exchanges looked at; labels by {labeler.Name}");
        });

        async IAsyncEnumerable<LabelInput> AnswersAsync([EnumeratorCancellation] CancellationToken cancel)
        {
            await foreach (var exchange in store.ReadAsync(filter, cancel))
            {
                var index = looked++;
                if (QueryFile.OfExchange(exchange.Id, exchange.Prompt, exchange.Response) is not { } answer)
                {
                    unanswered++;
                }
                else if ((await store.FeedbackAsync(exchange.Id, cancel)).Any(given => given.By == labeler.Name && given.Label is { } label && labeler.Labels.Contains(label)))
                {
                    already++;
                }
                else
                {
                    ids[index] = exchange.Id;
                    yield return new LabelInput(index, answer.Prompt, answer.Completion);
                }
            }
        }
    }
}
