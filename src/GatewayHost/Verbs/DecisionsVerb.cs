using Tda.GatewayHost.Terminal;
using Tda.Store;
using Tda.Store.Reviews;

namespace Tda.GatewayHost.Verbs;

/// <summary>`tda decisions`: what reviewers decided on exchanges and documents.</summary>
internal static class DecisionsVerb
{
    private const int PageSize = 500;

    private static readonly Option<string?> By = new("--by") { Description = "Only this reviewer's decisions", HelpName = "NAME" };
    private static readonly Option<ReviewSubjectKind?> On = EnumOption.Of<ReviewSubjectKind>("--on", "Only decisions on these", null);
    private static readonly Option<ReviewVerdict?> Verdict = EnumOption.Of<ReviewVerdict>("--verdict", "Only decisions that say this", null);
    private static readonly Option<string?> Since = new("--since")
    { Description = "Only decisions made then or later, e.g. 2026-11-01 or 2026-11-01T18:30 (UTC)", HelpName = "DATE" };
    private static readonly Option<string?> Before = new("--before") { Description = "Only decisions made earlier", HelpName = "DATE" };
    private static readonly Option<int> Limit = new("--limit") { Description = "Most decisions to list", DefaultValueFactory = _ => 50, HelpName = "N" };
    private static readonly Option<string> Out = new("--out") { Description = "JSON Lines file to write", Required = true, HelpName = "FILE" };
    private static readonly Argument<string> Subject = new("SUBJECT") { Description = "The whole id of a document or an exchange" };

    public static Command Build() => CommandExtensions.Verb("decisions", "Looks into what reviewers decided; tda curate obeys it.",
        "tda decisions list --by ann --verdict drop",
        CommandExtensions.Verb("list", "Lists decisions, newest first, those included that were taken back.", "tda decisions list --on document --limit 10",
            By, On, Verdict, Since, Before, Limit).Runs(ListAsync),
        CommandExtensions.Verb("show", "Shows where a document or an exchange stands, and every decision on it.", "tda decisions show 3fa9…", Subject).Runs(ShowAsync),
        CommandExtensions.Verb("export", "Writes the whole history to a JSON Lines file, oldest first.", "tda decisions export --out decisions.jsonl", Out)
            .Runs(ExportAsync));

    private static async Task<int> ListAsync(VerbContext context)
    {
        var (on, verdict, since, before) = (context.Get(On), context.Get(Verdict), Time(context, Since), Time(context, Before));
        if (context.Get(Limit) < 0)
        {
            throw new UsageException("--limit must be 0 or more");
        }

        await using var log = await context.OpenStoreAsync();
        await using var store = Beside(context);
        var decisions = await NewestAsync(store, context.Get(By), context.Cancel)
            .Where(decision => (on is null || decision.Subject.Kind == on) && (verdict is null || decision.Verdict == verdict)
                && (since is null || decision.At >= since) && (before is null || decision.At < before))
            .Take(context.Get(Limit)).ToListAsync(context.Cancel);
        return context.Done(decisions, console =>
        {
            Write(console, decisions);
            console.WriteLine($"{decisions.Count:N0} decisions in {log.Location}");
        });
    }

    private static async Task<int> ShowAsync(VerbContext context)
    {
        var id = context.Get(Subject);
        await using var log = await context.OpenStoreAsync();
        await using var store = Beside(context);
        var history = await store.HistoryAsync(ReviewSubject.Document(id), context.Cancel);
        if (history.Count == 0)
        {
            history = await store.HistoryAsync(ReviewSubject.Exchange(id), context.Cancel);
        }

        if (ReviewState.Of(history) is not { } state)
        {
            throw new UsageException($"nobody decided on {id} in {log.Location}; `tda decisions list` names what was decided on");
        }

        var counting = ReviewState.Counting(history).Select(decision => decision.Number).ToList();
        return context.Done(new { state.Subject, state.Status, state.Verdict, state.Reviewers, state.Number, state.At, Counting = counting, History = history }, console =>
        {
            console.WriteLine($"{EnumOption.Spelled(state.Subject.Kind)} {VisibleText.Plain(id)}: {EnumOption.Spelled(state.Status)}"
                + (state.Verdict is { } verdict ? $", {EnumOption.Spelled(verdict)}" : "") + $", by {state.Reviewers} whose decisions count");
            Write(console, history);
        });
    }

    private static async Task<int> ExportAsync(VerbContext context)
    {
        var path = Path.GetFullPath(context.Get(Out));
        await using var log = await context.OpenStoreAsync();
        await using var store = Beside(context);
        using var file = JsonLines.Writer(path);
        var last = 0L;
        await foreach (var decision in store.ReadAsync(cancellationToken: context.Cancel))
        {
            file.Write(decision);
            last = decision.Number;
        }

        // Before the file appears: nothing may leave the log that its audit doesn't name.
        await log.AuditAsync(
            new AuditEntry
            {
                At = TimeProvider.System.GetUtcNow(),
                Actor = Environment.UserName,
                Action = "export",
                Subject = path,
                Detail = $"{file.Count} decisions",
            },
            context.Cancel);
        file.Commit();
        return context.Done(new { Path = path, Decisions = file.Count, Last = last }, console => console.WriteLine($"{path}: {file.Count:N0} decisions"));
    }

    private static IReviewStore Beside(VerbContext context) => ReviewStore.Beside(context.Home, context.Parsed.GetValue(CommonOptions.Store));

    private static async IAsyncEnumerable<ReviewDecision> NewestAsync(
        IReviewStore store, string? by, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var before = long.MaxValue;
        for (var full = true; full;)
        {
            var page = await store.NewestAsync(by, before, PageSize, cancel);
            foreach (var decision in page)
            {
                yield return decision;
                before = decision.Number;
            }

            full = page.Count == PageSize;
        }
    }

    // Notes are what people typed: hidden characters are spelt out, so that they can't move the cursor.
    private static void Write(IAnsiConsole console, IReadOnlyList<ReviewDecision> decisions) => console.WriteRecords(
        [["number", "at", "by", "verdict"], ["on", "id", "reason"]],
        ["note"],
        decisions.Select(decision => (string[])
        [
            $"{decision.Number}", $"{decision.At:u}", VisibleText.Plain(decision.By), Verdicts(decision), EnumOption.Spelled(decision.Subject.Kind),
            VisibleText.Plain(decision.Subject.Id), VisibleText.Plain(decision.Reason ?? ""), VisibleText.Plain(decision.Note ?? ""),
        ]));

    private static string Verdicts(ReviewDecision decision) => (decision.Adjudicates ? "adjudicates: " : "") + EnumOption.Spelled(decision.Verdict) + decision switch
    {
        { Weight: { } weight } => string.Create(CultureInfo.InvariantCulture, $" {weight:0.###}"),
        { Undoes: { } act } => $" {VisibleText.Plain(act)}",
        _ => "",
    };

    private static DateTimeOffset? Time(VerbContext context, Option<string?> option) =>
        context.Get(option) is not { } text ? null
        : FilterText.TryTime(text, out var time) ? time
        : throw new UsageException($"{option.Name} must be {FilterText.Times}, not '{text}'");
}
