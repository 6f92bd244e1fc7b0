using Tda.GatewayHost.Terminal;
using Tda.Store;
using Tda.Store.Exports;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>`tda exchanges`: looks into the log.</summary>
internal static class ExchangesVerb
{
    private static readonly Option<string?> Model = new("--model") { Description = "Only exchanges with this model", HelpName = "NAME" };
    private static readonly Option<string?> Route = new("--route")
    { Description = "Only this route, e.g. /v1/chat/completions", HelpName = "PATH" };
    private static readonly Option<string?> Status = new("--status") { Description = "Only answers with this status, e.g. 429 or 4xx", HelpName = "STATUS" };
    private static readonly Option<string?> Since = new("--since")
    { Description = "Only exchanges that began then or later, e.g. 2026-11-01 or 2026-11-01T18:30 (UTC)", HelpName = "DATE" };
    private static readonly Option<string?> Before = new("--before") { Description = "Only exchanges that began earlier", HelpName = "DATE" };
    private static readonly Option<TerminalState?> State =
        EnumOption.Of<TerminalState>("--state", "Only exchanges that ended like this", null);
    private static readonly Option<string?> Contains = new("--contains")
    { Description = "Only exchanges whose prompt or response has these words (\"a phrase\", begin*)", HelpName = "TEXT" };
    private static readonly Option<string?> Tag = new("--tag") { Description = "Only exchanges with this tag", HelpName = "NAME[=VALUE]" };
    private static readonly Option<bool?> Streamed = new("--streamed")
    { Description = "Only streamed (or, with false, only plain) exchanges" };
    private static readonly Option<int> Limit = new("--limit")
    { Description = "Most rows to list", DefaultValueFactory = _ => 50, HelpName = "N" };
    private static readonly Option<string?> Client = new("--client")
    { Description = "Only exchanges that came with this client key", HelpName = "ID" };
    private static readonly Option<string?> Label = new("--label")
    { Description = "Only exchanges with this label in their feedback", HelpName = "NAME" };
    private static readonly Option<bool> HasFeedback = new("--feedback") { Description = "Only exchanges with feedback" };
    private static readonly Option<string> Out = new("--out")
    { Description = "JSON Lines file to write", Required = true, HelpName = "FILE" };
    private static readonly Option<SplitSide?> Split =
        EnumOption.Of<SplitSide>("--split", "Only what `tda distill` learns from, or measures, of them", null);
    private static readonly Option<double> HeldOut = new("--held-out")
    {
        Description = "--split: share of the prompts that is held out",
        HelpName = "SHARE",
        DefaultValueFactory = _ => ExchangeSplit.DefaultFraction,
    };
    // Counting further would take a listing seconds.
    private const int MostCounted = 1_000_000;

    private static readonly Argument<string> Id = new("ID") { Description = "The exchange's id, or its beginning" };
    private static readonly Argument<string?> Conditions = new("FILTER")
    {
        Description = $"Conditions in one text, instead of options or beside them: {FilterText.Summary}",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Build()
    {
        Option[] filters = [Model, Route, Since, Before, Status, State, Contains, Tag, Streamed, Client, Label, HasFeedback];
        return CommandExtensions.Verb("exchanges", "Looks into the log of exchanges with the closed model.",
            "tda exchanges list --contains invoice --limit 10",
            CommandExtensions.Verb(
                "list", "Lists exchanges, newest first.", "tda exchanges list model:gpt-4o,since:2026-11-01",
                [Conditions, .. filters, Limit, UsageVerb.Prices]).Runs(ListAsync),
            CommandExtensions.Verb("show", "Shows one exchange.", "tda exchanges show 01JD…", Id).Runs(ShowAsync),
            CommandExtensions.Verb("export", "Writes exchanges to a JSON Lines file with a manifest; goes on where a stopped run left off.",
                "tda exchanges export --split train --out train.jsonl.gz", [Conditions, .. filters, Split, HeldOut, Out])
                .Runs(ExportAsync).Resumes(),
            UsageVerb.Build(),
            VerifyVerb.Build(),
            PruneVerb.Build(),
            EraseVerb.Build(),
            AuditVerb.Build());
    }

    private static ExchangeFilter Filter(VerbContext context)
    {
        var filter = FilterText.Parse(context.Get(Conditions) ?? "");
        var tag = context.Get(Tag)?.Split('=', 2);
        return filter with
        {
            Model = context.Get(Model) ?? filter.Model,
            Route = context.Get(Route) ?? filter.Route,
            From = Time(context, Since) ?? filter.From,
            To = Time(context, Before) ?? filter.To,
            Status = context.Get(Status) is { } status
                ? StatusRange.Parse(status) ?? throw new UsageException($"--status must be a status such as 429, or 4xx, not '{status}'")
                : filter.Status,
            State = context.Get(State) ?? filter.State,
            Text = context.Get(Contains) ?? filter.Text,
            Streamed = context.Get(Streamed) ?? filter.Streamed,
            Client = context.Get(Client) ?? filter.Client,
            FeedbackLabel = context.Get(Label) ?? filter.FeedbackLabel,
            HasFeedback = context.Get(HasFeedback),
            TagName = tag?[0] ?? filter.TagName,
            TagValue = tag is null ? filter.TagValue : tag.Length > 1 ? tag[1] : null,
        };
    }

    private static async Task<int> ListAsync(VerbContext context)
    {
        var prices = UsageVerb.PricesOf(context);
        await using var store = await context.OpenStoreAsync();
        var filter = Filter(context);
        var rows = await store.ListAsync(filter with { Limit = context.Get(Limit) }, context.Cancel).ToListAsync(context.Cancel);
        var total = rows.Count < context.Get(Limit) ? rows.Count : await store.CountUpToAsync(filter, MostCounted + 1, context.Cancel);
        return context.Done(rows, console =>
        {
            console.WriteRecords(
                [["id", "started", "status", "time"], ["state", "model", "route", "tokens", "cost"]],
                ["prompt", "response"],
                rows.Select(row => (string[])
                [
                    row.Id, $"{row.StartedAt:u}", $"{row.Status}", $"{row.TotalMs:N0} ms", $"{EnumOption.Spelled(row.State)}{(row.Streamed ? ", streamed" : "")}",
                    row.Model ?? "", row.Route, row.TotalTokens is { } tokens ? $"{tokens:N0} tokens" : "",
                    prices?.Cost(row.Model, row.PromptTokens, row.CompletionTokens) is { } cost ? $"{cost:0.000000} {prices.Currency}" : "",
                    Short(row.PromptPreview), Short(row.ResponsePreview),
                ]));
            var all = total > MostCounted ? $"more than {MostCounted:N0}" : $"{total:N0}";
            console.WriteLine(total == rows.Count ? $"{all} exchanges in {store.Location}" : $"{rows.Count:N0} of {all} exchanges in {store.Location}");
        });
    }

    private static DateTimeOffset? Time(VerbContext context, Option<string?> option) =>
        context.Get(option) is not { } text ? null
        : FilterText.TryTime(text, out var time) ? time
        : throw new UsageException($"{option.Name} must be {FilterText.Times}, not '{text}'");

    private static async Task<int> ShowAsync(VerbContext context)
    {
        await using var store = await context.OpenStoreAsync();
        var exchange = await ExchangeLookup.FindAsync(store, context.Get(Id), context.Cancel);
        var id = exchange.Id;
        var feedback = await store.FeedbackAsync(id, context.Cancel);
        await store.AuditAsync(new AuditEntry { At = TimeProvider.System.GetUtcNow(), Actor = Environment.UserName, Action = "view_raw", Subject = id }, context.Cancel);
        return context.Done(exchange, console =>
        {
            Write($"{exchange.Id}  {exchange.Method} {exchange.Path}  {exchange.Status}  {EnumOption.Spelled(exchange.State)}  "
                + $"{exchange.StartedAt:u}");
            Write($"model {exchange.Model ?? "?"}, first token {exchange.FirstTokenMs:N0} ms, total {exchange.TotalMs:N0} ms");
            Write($"\nPrompt:\n{exchange.Prompt}\n\nResponse:\n{exchange.Response}");
            if (exchange.ParseError is { } error)
            {
                Write($"\nNot parsed: {error}");
            }

            foreach (var one in feedback)
            {
                var value = one.Value is { } sure ? string.Create(CultureInfo.InvariantCulture, $"={sure:0.###}") : "";
                Write($"\nFeedback {one.At:u} {one.By}: {one.Rating:+0.##;-0.##;0} {one.Label}{value} {one.Comment}");
            }

            // Hidden characters are spelt out: what client and model wrote must not move the cursor or rename the window.
            void Write(string text) => console.WriteLine(VisibleText.Plain(text));
        });
    }

    private static async Task<int> ExportAsync(VerbContext context)
    {
        var heldOut = context.Get(HeldOut);
        if (heldOut is not (>= 0 and <= 1))
        {
            throw new UsageException($"--held-out {heldOut} is not between 0 and 1");
        }

        await using var store = await context.OpenStoreAsync();
        var options = new ExportOptions { Split = context.Get(Split) is { } side ? new ExportSplit(side, heldOut) : null };
        var export = await ExchangeExporter.ExportAsync(store, Filter(context), context.Get(Out), options, context.Progress, context.Cancel);
        return context.Done(export, console => console.WriteLine(
            $"{export.Path}: {export.Exchanges} exchanges{(export.Resumed > 0 ? $", {export.Resumed} of them from a stopped run" : "")}; {export.Manifest}"));
    }

    private static string Short(string? text) => text is null ? "" : text.Length > 60 ? text[..60] + "…" : text;
}
