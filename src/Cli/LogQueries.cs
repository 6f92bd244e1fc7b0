using Tda.Store;

namespace Tda.Cli;

/// <summary>Queries from the log: the exchanges that a filter selects, as answers to explain.</summary>
internal static class LogQueries
{
    /// <summary>How many exchanges a filter gives at most, where nothing else is said.</summary>
    public const int DefaultMost = 100;

    /// <summary>The option that says how many of the exchanges are taken.</summary>
    public static Option<int> MostOption() => CliOption.Default("--max-queries", "N",
        "Most exchanges to take by a filter; the newest of those that match", DefaultMost);

    /// <summary>The option that names harmful answers by a label.</summary>
    public static Option<string?> HarmLabelOption(string description) => CliOption.Text("--harm-label", "L>=V", description);

    /// <summary>The filter of a label's condition, as <c>--harm-label</c> gives it.</summary>
    /// <param name="text">Such as <c>toxic&gt;=.5</c>.</param>
    /// <param name="isComplement">Whether the others are wanted: answers that have the label, but of which the condition doesn't hold.</param>
    /// <exception cref="UsageException">It isn't a condition.</exception>
    public static string FilterOf(string text, bool isComplement)
    {
        var condition = LabelCondition.Parse(text);
        return $"label:{(isComplement ? condition.Complement : condition)}";
    }

    /// <summary>
    /// The answers that a filter selects, oldest first; of more than <paramref name="most"/> the newest. Exchanges without a parsed prompt
    /// and response are passed over. Says how many were left out, and why.
    /// </summary>
    /// <param name="context">The verb's.</param>
    /// <param name="option">The option that the filter was given with.</param>
    /// <param name="text">The filter.</param>
    /// <param name="most">Most queries, at least 1.</param>
    /// <param name="label">The queries' label; null for none.</param>
    /// <exception cref="UsageException">The filter can't be read.</exception>
    /// <exception cref="BadInputException">No exchange matches, or none that does holds an answer.</exception>
    public static async Task<IReadOnlyList<Query>> ReadAsync(
        VerbContext context, string option, string text, int most, string? label = null)
    {
        if (most < 1)
        {
            throw new UsageException($"--max-queries {most} must be at least 1");
        }

        var filter = FilterText.Parse(text);
        await using var store = await context.OpenStoreAsync();
        List<Query> queries = [];
        int unanswered = 0, beyond = 0;
        await foreach (var exchange in store.ReadAsync(filter, context.Cancel)) // newest first
        {
            if (QueryFile.OfExchange(exchange.Id, exchange.Prompt, exchange.Response, exchange.Messages) is not { } query)
            {
                unanswered++;
            }
            else if (queries.Count < most)
            {
                queries.Add(query with { Label = label });
            }
            else
            {
                beyond = (int)(await store.CountAsync(filter, context.Cancel)).Total - queries.Count - unanswered;
                break;
            }
        }

        if (queries.Count == 0)
        {
            throw new BadInputException(
                $"{option} '{text}'", unanswered == 0
                    ? $"no exchange in {store.Location} matches"
                    : $"none of the {unanswered:N0} exchanges that match has both a prompt and a response: there is nothing to explain",
                remedy: $"See what there is with tda exchanges list '{text}'.");
        }

        if (unanswered > 0)
        {
            context.Progress.Message($"{option}: {unanswered:N0} exchanges without a prompt or a response are left out.");
        }

        if (beyond > 0)
        {
            context.Progress.Message($"{option}: the newest {queries.Count:N0} are taken, {beyond:N0} more match (--max-queries).");
        }

        queries.Reverse();
        return queries;
    }
}
