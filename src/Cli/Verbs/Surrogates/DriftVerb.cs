using Tda.Core.Drift;
using Tda.Gateway.Protocols;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Drift;
using Tda.ProxyTrainer.Models;
using Tda.Store;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda drift`: whether a surrogate still stands for the closed model.</summary>
internal static class DriftVerb
{
    /// <summary>What the end of a prompt and the beginning of an answer may take of memory, in characters: more is never read.</summary>
    private const int LongestText = 4000;

    private static readonly DriftOptions Defaults = new();
    private static readonly Option<string> SurrogateName = CliOption.Required("--surrogate", "S", "Surrogate");
    private static readonly Option<string?> Exchanges = CliOption.Text("--exchanges", "FILTER",
        $"Which exchanges, then and since; default those that it was distilled from. {FilterText.Summary}");
    private static readonly Option<string?> Since = CliOption.Text("--since", "TIME",
        "Answers from then on are new; default: after the last one that it was distilled from");
    private static readonly Option<string?> Against = CliOption.Text("--against", "S2", "Say how far this surrogate is from S, without data");
    private static readonly Option<int?> Checkpoint = CliOption.Optional<int?>("--checkpoint", "N",
        "Say how far S is from its own checkpoint of step N, without data");
    private static readonly Option<double> Alpha = CliOption.Default("--alpha", "A",
        "Chance of a false alarm, at most, however often one looks", Defaults.Alpha).Within(1e-9, .5);
    private static readonly Option<int> Fewest = CliOption.Default("--fewest", "N",
        "Fewest answers, then and since, for a verdict of fresh", Defaults.Fewest).AtLeast(1);
    private static readonly Option<int> Sampled = CliOption.Default("--sampled", "N",
        "Most answers that the surrogate gives itself, to be told from the upstream's; 0: none", Defaults.Sampled).AtLeast(0);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of features, pairs and samples; another seed is another test");

    public static Command Build() => CommandExtensions.Verb("drift",
        "Says whether a surrogate has gone stale: whether the closed model answers differently now than when the surrogate was distilled. "
        + "Ends with exit code 1 if so. May be run as often as one likes.",
        "tda drift --surrogate small",
        SurrogateName, Exchanges, Since, Against, Checkpoint, Alpha, Fewest, Sampled, Seed).Runs(RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var name = context.Get(SurrogateName);
        var surrogate = Surrogate.Open(context.Home.SurrogateDirectory(name));
        var options = new DriftOptions
        {
            Alpha = context.Get(Alpha),
            Fewest = context.Get(Fewest),
            Sampled = context.Get(Sampled),
            Seed = context.Get(Seed),
        };
        options.Validate();
        using var model = surrogate.LoadModel();
        var distance = Distance(context, surrogate, model, options);
        var log = await LogAsync(context, name, surrogate);
        var report = DriftDetector.Run(model, surrogate.Tokenizer, log, options, context.Progress, TimeProvider.System, context.Cancel) with
        {
            Distance = distance,
        };
        report.Write(surrogate.Directory);
        context.Done(report, console => DriftTable.Print(console, report));
        return report.State == DriftState.Stale ? 1 : 0;
    }

    /// <summary>Reads then and since from the log, as the distillation read it.</summary>
    private static async Task<DriftLog> LogAsync(VerbContext context, string name, Surrogate surrogate)
    {
        var window = surrogate.Window();
        var (since, filter) = Conditions(context, surrogate, window);
        var rule = new DistillationRule { Exclude = [.. (window?.Log.Exclude ?? []).Select(TagPattern.Parse)] };
        var answers = new List<DatedAnswer>();
        var then = new List<string>();
        await using var store = await context.OpenStoreAsync();
        using var task = context.Progress.Start("reading the log", 0, "exchanges");
        await foreach (var exchange in store.ReadAsync(FilterText.Parse(filter) with { OldestFirst = true }, context.Cancel))
        {
            if (rule.LeavesOut(exchange) is not null)
            {
                continue;
            }

            if (exchange.StartedAt <= since)
            {
                then.Add(exchange.Id);
            }

            var turns = exchange.IsWebSocket
                ? ExchangeParser.Turns(exchange).Select(turn => (turn.Prompt, turn.Response))
                : [(exchange.Prompt!, exchange.Response!)];
            answers.AddRange(turns.Select(turn => new DatedAnswer(
                exchange.Id, exchange.StartedAt, End(turn.Prompt), Beginning(turn.Response), IsHeldOut(turn.Prompt, exchange.StartedAt <= since))));
            task.Report(answers.Count);
        }

        if (window is { } noted && context.Get(Exchanges) is null && context.Get(Since) is null && LogWindow.HashOf(then) != noted.Log.IdsHash)
        {
            context.Progress.Message($"The log holds {then.Count:N0} exchanges of the {noted.Log.Exchanges:N0} that '{name}' was distilled from, or others of that time.");
        }

        return new DriftLog(name, answers, since, window?.Log.Exchanges);

        // Where nothing was held out, only what came later is new to the surrogate.
        bool IsHeldOut(string prompt, bool before) => window is { HeldOutFraction: > 0 and var share } ? ExchangeSplit.IsHeldOut(prompt, share) : !before;
    }

    private static (DateTimeOffset Since, string Filter) Conditions(
        VerbContext context, Surrogate surrogate, (LogWindow Log, double HeldOutFraction)? window)
    {
        var filter = context.Get(Exchanges) ?? window?.Log.Filter ?? "all";
        if (context.Get(Since) is { } text)
        {
            // The new ones are those after it, and this one is among them.
            return FilterText.TryTime(text, out var time)
                ? (time.AddTicks(-1), filter)
                : throw new UsageException($"--since must be {FilterText.Times}, not '{text}'");
        }

        return window is { } noted ? (noted.Log.Last, filter) : throw new BadInputException(
            surrogate.Directory,
            surrogate.IsDistilled ? "it isn't noted which exchanges this surrogate was distilled from" : "this surrogate was imported, not distilled from the log",
            remedy: "Say with --since TIME from when on answers are new.");
    }

    private static FunctionDistance? Distance(VerbContext context, Surrogate surrogate, LanguageModel model, DriftOptions options)
    {
        var (against, step) = (context.Get(Against), context.Get(Checkpoint));
        if (against is not null && step is not null)
        {
            throw new UsageException("Give --against S2 or --checkpoint N, not both");
        }

        var settings = new DistanceOptions { Seed = options.Seed };
        if (against is not null)
        {
            var other = Surrogate.Open(context.Home.SurrogateDirectory(against));
            if (other.Tokenizer.Hash != surrogate.Tokenizer.Hash)
            {
                throw new UsageException($"'{against}' has another tokenizer than '{context.Get(SurrogateName)}': their outputs can't be compared token by token");
            }

            using var second = other.LoadModel();
            return FunctionSpaceDistance.Between(model, second, $"surrogate {against}", settings, context.Cancel);
        }

        if (step is { } wanted)
        {
            var there = surrogate.Checkpoints();
            var found = there.FirstOrDefault(checkpoint => checkpoint.Step == wanted) ?? throw new UsageException(there.Count == 0
                ? $"'{context.Get(SurrogateName)}' has no checkpoints"
                : $"'{context.Get(SurrogateName)}' has no checkpoint of step {wanted}; it has {string.Join(", ", there.Select(checkpoint => checkpoint.Step))}");
            using var second = found.Load();
            return FunctionSpaceDistance.Between(model, second, $"checkpoint {wanted}", settings, context.Cancel);
        }

        return null;
    }

    // As distillation reads them: of a long prompt the end, of a long answer the beginning.
    private static string End(string text) => text.Length > LongestText ? text[^LongestText..] : text;

    private static string Beginning(string text) => text.Length > LongestText ? text[..LongestText] : text;
}
