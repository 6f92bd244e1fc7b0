using Tda.Gateway.Protocols;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Repetition;
using Tda.Scoring.Index;
using Tda.Scoring.Replay;
using Tda.Store;

namespace Tda.Cli;

/// <summary>How a surrogate's training is replayed, and the logged answers that it was distilled from, without which it can't be.</summary>
internal sealed class ReplaySwitches
{
    public Option<double> Tolerance { get; } = CliOption.Default("--replay-tolerance", "SHARE",
        "--method replay: how far the weights may come out from those stored, as a share of their length; 0: to the bit", new ReplayOptions().Tolerance).Within(0, .1);

    public Option<int> Memory { get; } = CliOption.Default("--replay-mib", "MIB",
        "--method replay: memory for states of the training that needn't be computed again", new ReplayOptions().MemoryMebibytes).Within(1, 1 << 20);

    public Option[] All => [Tolerance, Memory];

    /// <summary>What was asked for, with the answers where the method is replay and the surrogate was distilled from some.</summary>
    /// <exception cref="BadInputException">It isn't noted which answers those were.</exception>
    public async Task<ReplayOptions> ReadAsync(VerbContext context, string index, string? method)
    {
        var options = new ReplayOptions { Tolerance = context.Get(Tolerance), MemoryMebibytes = context.Get(Memory) };
        if (method != ReplayMethod.MethodName)
        {
            return options;
        }

        var directory = context.Home.SurrogateDirectory(IndexDirectory.Open(context.Home.IndexDirectory(index), verify: false).Info.Surrogate);
        if (!File.Exists(Path.Combine(directory, Manifest.FileName)) || Surrogate.Open(directory, verify: false) is not { IsDistilled: true } surrogate
            || !RepeatableTraining.HasAnswers(surrogate))
        {
            return options; // what else is missing, the method says
        }

        var window = surrogate.Window()?.Log ?? throw new BadInputException(
            directory, "it isn't noted which exchanges this surrogate was distilled from", remedy: "Its training can't be repeated without them: distil it again.");
        var (answers, _, _) = await LoggedAnswers.ReadAsync(context, window.Filter, window.Exclude, window.Last);
        return options with { Answers = answers };
    }
}

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
