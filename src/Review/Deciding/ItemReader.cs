using Tda.Review.Accounts;
using Tda.Review.Attribution;
using Tda.Review.Pages;
using Tda.Review.Queues;
using Tda.Review.Rendering;

namespace Tda.Review.Deciding;

/// <summary>Reads an exchange with all that a reviewer needs to decide on it, and takes the decision.</summary>
internal sealed class ItemReader(DeskRooms rooms, DecisionTaker taker)
{
    private const int FewDocuments = 10;
    private const int ManyDocuments = 50;
    private const int MarkedDocuments = 5;
    private const int SnippetCharacters = 2_000;
    private const int MostOfConversation = 50;

    // Tags by which clients tell the exchanges of one conversation.
    private static readonly string[] ConversationTags = ["conversation", "conversation_id", "session", "session_id", "thread", "thread_id"];

    private DeskSetting Setting => rooms.Setting;

    /// <summary>The place of an exchange in the log's order, newest first; null where it isn't there.</summary>
    public async Task<ExchangeCursor?> PlaceOfAsync(string id, CancellationToken cancellation)
    {
        if (await Setting.Log.GetAsync(id, cancellation) is not { } exchange)
        {
            return null;
        }

        var moment = ExchangeFilter.All with { From = exchange.StartedAt, To = exchange.StartedAt.AddMicroseconds(1) };
        var same = await Setting.Log.ListAsync(moment, cancellation).ToListAsync(cancellation);
        return same.FirstOrDefault(one => one.Id == id)?.Cursor;
    }

    /// <summary>An exchange's page; null where there is none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">The exchange.</param>
    /// <param name="draft">The form: empty, or as it was sent.</param>
    /// <param name="takeLock">Whether it becomes the reviewer's, if nobody has it.</param>
    public async Task<ItemModel?> ReadAsync(HttpContext context, string id, DecisionDraft draft, bool takeLock)
    {
        var (user, stop) = (DeskUser.Of(context), context.RequestAborted);
        if (await Setting.Log.GetAsync(id, stop) is not { } exchange)
        {
            return null;
        }

        var subject = ReviewSubject.Exchange(id);
        var now = Setting.Time.GetUtcNow();
        var held = (await Setting.Reviews.LocksAsync(ReviewSubjectKind.Exchange, [id], now, stop)).GetValueOrDefault(id);
        if (takeLock && user.May(ReviewRole.Reviewer) && (held is null || held.Owner == user.Name || draft.TakesOver))
        {
            if (held is not null && held.Owner != user.Name)
            {
                await Setting.Reviews.ReleaseAsync(subject, held.Owner, stop);
            }

            held = await Setting.Reviews.LockAsync(subject, user.Name, now, Setting.Options.LockTime, stop);
        }

        var queue = DeskQueue.Find(Setting.Options, user.Name, draft.Queue);
        var history = await Setting.Reviews.HistoryAsync(subject, stop);
        var attribution = await AttributionAsync(exchange, draft, context.Request.Query["documents"] == "50", stop);
        var seen = draft.Seen.Count > 0 ? draft.Seen : new Dictionary<ReviewSubject, long>(
            attribution.Documents.Select(one => KeyValuePair.Create(ReviewSubject.Document(one.Score.Id), one.State?.Number ?? 0)))
        {
            [subject] = history.Count > 0 ? history[^1].Number : 0,
        };
        return new(user, Setting.Health(), exchange, draft with { Queue = queue?.Name, Run = attribution.Run?.Id, Seen = seen })
        {
            Queue = queue,
            Waiting = queue is null ? 0 : await rooms.Queues.CountAsync(queue, stop),
            Lock = held,
            History = history,
            Feedback = await Setting.Log.FeedbackAsync(id, stop),
            Conversation = await ConversationAsync(exchange, stop),
            Attribution = attribution,
        };
    }

    /// <summary>Takes or previews what a form says. Where it can't be taken, the page is shown again with all that was typed.</summary>
    /// <param name="context">The request.</param>
    /// <param name="model">The page, with the form that was sent.</param>
    /// <param name="onlyPreview">Whether it is only to be shown what it would change.</param>
    /// <returns>The page to show again, with its status; null where it was taken.</returns>
    public async Task<(ItemModel? Again, int Status)> DecideAsync(HttpContext context, ItemModel model, bool onlyPreview)
    {
        var (draft, run) = (model.Draft, model.Attribution.Run);
        List<string> errors = [];
        if (draft.Verdict is ReviewVerdict.Mask && draft.Documents.Count == 0)
        {
            errors.Add("Choose the documents whose tokens are to be masked.");
        }

        if (!onlyPreview && model.Held is { } held && !draft.TakesOver)
        {
            errors.Add($"{held.Owner} has taken this exchange meanwhile, until {Shown.Time(held.Until)}. Nothing you typed is lost: wait, or tick “Decide although …”.");
        }

        var outcome = await taker.TryAsync(
            draft, errors, model.User, model.Exchange, run?.CorpusName, run is null ? null : (run, model.Attribution.Row), onlyPreview, context.RequestAborted);
        return outcome.IsTaken ? (null, outcome.Status) : (model with
        {
            Draft = outcome.Draft,
            Errors = outcome.Errors,
            Preview = outcome.Preview,
            Notice = outcome is { Errors.Count: 0, Preview: null } ? "This would decide on the exchange alone: no document is chosen, so it changes nothing of the corpus." : model.Notice,
        }, outcome.Status);
    }

    private async Task<IReadOnlyList<ExchangeSummary>> ConversationAsync(Exchange exchange, CancellationToken cancellation)
    {
        var tag = ConversationTags.FirstOrDefault(exchange.Tags.ContainsKey);
        return tag is null ? [] : await Setting.Log.ListAsync(
            ExchangeFilter.All with { TagName = tag, TagValue = exchange.Tags[tag], OldestFirst = true, Limit = MostOfConversation }, cancellation).ToListAsync(cancellation);
    }

    /// <summary>The documents behind an exchange.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="draft">The form, which names the run and what is chosen.</param>
    /// <param name="many">Whether more than the first are wanted.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AttributionModel> AttributionAsync(Exchange exchange, DecisionDraft draft, bool many, CancellationToken cancellation)
    {
        List<(OpenedRun Run, int Row)> explaining = [];
        string? abstained = null;
        foreach (var run in rooms.Runs.Scored())
        {
            if (run.RowOf(exchange.Id) is { } row)
            {
                explaining.Add((run, row));
            }
            else if (run.AbstainedFrom(exchange.Id))
            {
                abstained ??= run.Id;
            }
        }

        // What explains the answer alone says more of it than what explains a set.
        explaining = [.. explaining.OrderBy(one => one.Run.Scores.Queries[one.Row].Id == exchange.Id ? 0 : 1)];
        if (explaining.Count == 0)
        {
            var indexes = Directory.Exists(Setting.Home.IndexesDirectory) ? Directory.GetDirectories(Setting.Home.IndexesDirectory) : [];
            return new([])
            {
                Abstained = abstained,
                Indexes = [.. indexes.Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)],
                CanAsk = rooms.Jobs.CanRun,
                Job = rooms.Jobs.Find(exchange.Id),
            };
        }

        var (chosen, at) = explaining.FirstOrDefault(one => one.Run.Id == draft.Run) is { Run: not null } found ? found : explaining[0];
        var all = chosen.Top(at, ManyDocuments);

        // Whatever was chosen stays in sight.
        DocumentScore[] top = [.. all.Where((one, i) => many || i < FewDocuments || draft.Documents.Contains(one.Id))];
        var states = await Setting.Reviews.StatesAsync(ReviewSubjectKind.Document, [.. top.Select(one => one.Id)], cancellation);
        var (texts, fault) = await TextsAsync(chosen, top, cancellation);
        return new([.. explaining.Select(one => one.Run.Id)])
        {
            Run = chosen,
            Row = at,
            Fault = fault,
            More = all.Count > top.Length,
            Documents =
            [
                .. top.Select((score, i) =>
                {
                    var document = texts.GetValueOrDefault(score.Id);
                    return new AttributedDocument(score, document)
                    {
                        State = states.GetValueOrDefault(score.Id),
                        Masked = chosen.MaskOf(score.Id)?.Tokens.Length ?? 0,
                        Overlap = document is null || exchange.Response is not { } answer ? null : VerbatimOverlap.Longest(Beginning(answer), Beginning(document.Text)),
                        Marks = document is null || i >= MarkedDocuments ? [] : TextMarks.Of(document.Text, chosen.TokenScoresOf(at, score.Id), chosen.MaskOf(score.Id), SnippetCharacters),
                    };
                }),
            ],
        };
    }

    private async Task<(IReadOnlyDictionary<string, Document> Texts, string? Fault)> TextsAsync(OpenedRun run, IReadOnlyList<DocumentScore> top, CancellationToken cancellation)
    {
        if (run.CorpusDirectory is null || run.CorpusName is null)
        {
            return (new Dictionary<string, Document>(), $"Run {run.Id} scored corpus {run.CorpusName ?? "of no name"}, which this home doesn't have as it was then: texts can't be shown, and documents can't be decided on here.");
        }

        return (await rooms.Documents.GetAsync(Corpus.Open(run.CorpusDirectory, verify: false), [.. top.Select(one => one.Id)], cancellation), null);
    }

    // Matches beyond this are found by a search over the corpus.
    private static string Beginning(string text) => text.Length > 200_000 ? text[..200_000] : text;
}
