using Tda.Gateway.Protocols;
using Tda.ProxyTrainer.Distillation;
using Tda.Store;

namespace Tda.Cli;

/// <summary>The logged answers that a surrogate is distilled from, in the order in which it learns from them.</summary>
internal static class LoggedAnswers
{
    /// <param name="context">The verb's.</param>
    /// <param name="filter">Which exchanges.</param>
    /// <param name="exclude">Tags that leave one out.</param>
    /// <param name="last">When the last one began at the latest; null: the log to its end.</param>
    /// <returns>The answers, why how many exchanges were left out, and the part of the log that they are.</returns>
    public static async Task<(List<LoggedResponse> Responses, SortedDictionary<string, int> LeftOut, LogWindow? Window)> ReadAsync(
        VerbContext context, string filter, IReadOnlyList<string> exclude, DateTimeOffset? last = null)
    {
        var leftOut = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var rule = new DistillationRule { Exclude = [.. exclude.Select(TagPattern.Parse)] };
        await using var store = await context.OpenStoreAsync();
        List<LoggedResponse> responses = [];
        List<(string Id, DateTimeOffset At)> taken = [];
        await foreach (var exchange in store.ReadAsync(FilterText.Parse(filter) with { OldestFirst = true }, context.Cancel))
        {
            if (exchange.StartedAt > last)
            {
                continue;
            }

            if (rule.LeavesOut(exchange) is { } cause)
            {
                leftOut[cause] = leftOut.GetValueOrDefault(cause) + 1;
                continue;
            }

            taken.Add((exchange.Id, exchange.StartedAt));
            if (exchange.IsWebSocket)
            {
                responses.AddRange(ExchangeParser.Turns(exchange).Select(turn => new LoggedResponse(turn.Prompt, turn.Response) { Messages = turn.Messages }));
            }
            else
            {
                responses.Add(LoggedResponse.Of(exchange));
            }
        }

        // In which order they arrived depends on the network; what is made of the log must not.
        return (
            [.. responses.OrderBy(one => one.Prompt, StringComparer.Ordinal).ThenBy(one => one.Response, StringComparer.Ordinal)], leftOut,
            LogWindow.Of(filter, exclude, taken));
    }
}
