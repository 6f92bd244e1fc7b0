using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Review.Accounts;
using Tda.Review.Attribution;
using Tda.Review.Deciding;
using Tda.Review.Rendering;

namespace Tda.Review.Pages;

/// <summary>Documents: what each says, what it speaks for, and the decision on it; and those of high influence that nobody has decided on.</summary>
internal sealed class DocumentPages(DeskRooms rooms, DecisionTaker taker)
{
    /// <summary>Characters of a text that are shown.</summary>
    public const int MostCharacters = 100_000;

    private const int MostAnswers = 20;
    private const int Inspected = 200;

    private DeskSetting Setting => rooms.Setting;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/desk/influence", rooms.Told(InfluenceAsync)).For(ReviewRole.Reader);
        routes.MapGet("/documents/{corpus}/{id}", rooms.Told(ShowAsync)).For(ReviewRole.Reader);
        routes.MapPost("/documents/{corpus}/{id}/decision", rooms.Told(DecideAsync)).For(ReviewRole.Reviewer);
    }

    /// <summary>The strongest documents of the newest run on which nobody has decided; null where there is no run.</summary>
    public async Task<(OpenedRun Run, int Row, IReadOnlyList<DocumentScore> Documents)?> InfluentialAsync(CancellationToken cancellation)
    {
        if (rooms.Runs.Scored().FirstOrDefault(run => run.Scores.Queries.Count > 0 && run.CorpusDirectory is not null) is not { } run)
        {
            return null;
        }

        var row = run.Scores.RankedRows[0];
        var top = run.Top(row, Inspected);
        var states = await Setting.Reviews.StatesAsync(ReviewSubjectKind.Document, [.. top.Select(one => one.Id)], cancellation);
        return (run, row, [.. top.Where(one => states.GetValueOrDefault(one.Id) is null or { Status: ReviewStatus.Open })]);
    }

    private async Task InfluenceAsync(HttpContext context)
    {
        if (await InfluentialAsync(context.RequestAborted) is not var (run, row, documents))
        {
            await rooms.SayAsync(context, StatusCodes.Status200OK, "High influence", "No run with its corpus is in this home yet: tda attribute makes one.", ("/", "Desk"));
            return;
        }

        await DeskRooms.PageAsync<InfluencePage>(context, new InfluenceModel(DeskUser.Of(context), Setting.Health(), run, row, documents));
    }

    private async Task ShowAsync(HttpContext context)
    {
        var draft = DecisionDraft.Fresh() with { Run = DeskRooms.Given(context, "run") };
        if (await ReadAsync(context, draft) is not { } model)
        {
            await rooms.NotFoundAsync(context, "There is no such document in this home.");
            return;
        }

        var done = await rooms.DoneAsync(context);
        await DeskRooms.PageAsync<DocumentPage>(context, model with { Notice = Notices.Of(context, done), JustDone = Notices.Undoable(done) });
    }

    private async Task DecideAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var draft = DecisionDraft.Read(form);
        if (await ReadAsync(context, draft) is not { } model)
        {
            await rooms.NotFoundAsync(context, "There is no such document in this home any more: the corpus has changed. Go back to copy what you typed.");
            return;
        }

        var outcome = await taker.TryAsync(
            model.Draft with { Documents = [model.Document.Id] }, [], model.User, null, model.Corpus.Name, model.Run is null ? null : (model.Run, model.Row),
            onlyPreview: form["do"] == "preview", context.RequestAborted);
        if (!outcome.IsTaken)
        {
            await DeskRooms.PageAsync<DocumentPage>(context, model with { Draft = outcome.Draft, Errors = outcome.Errors, Preview = outcome.Preview }, outcome.Status);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = $"{Shown.DocumentPath(model.Corpus.Name, model.Document.Id)}?done={draft.Act}";
    }

    private async Task<DocumentModel?> ReadAsync(HttpContext context, DecisionDraft draft)
    {
        var (corpus, id) = (rooms.Documents.Find((string)context.GetRouteValue("corpus")!), (string)context.GetRouteValue("id")!);
        if (corpus is null || (await rooms.Documents.GetAsync(corpus, [id], context.RequestAborted)).GetValueOrDefault(id) is not { } document)
        {
            return null;
        }

        var history = await Setting.Reviews.HistoryAsync(ReviewSubject.Document(id), context.RequestAborted);
        List<(OpenedRun Run, int Row, DocumentScore Score)> speaks = [];
        foreach (var run in rooms.Runs.Scored().Where(run => run.CorpusName == corpus.Name))
        {
            for (var r = 0; r < run.Scores.Queries.Count; r++)
            {
                if (run.Top(r, Inspected).FirstOrDefault(one => one.Id == id) is { } score)
                {
                    speaks.Add((run, r, score));
                }
            }
        }

        var (shown, row) = draft.Run is { } wanted && rooms.Runs.Find(wanted, out _) is { } asked && asked.CorpusName == corpus.Name
            ? (asked, Row(context, asked))
            : speaks.Count > 0 ? (speaks[0].Run, speaks[0].Row) : (null, 0);
        return new(DeskUser.Of(context), Setting.Health(), corpus, document, draft with
        {
            Run = shown?.Id,
            Seen = draft.Seen.Count > 0 ? draft.Seen : new Dictionary<ReviewSubject, long> { [ReviewSubject.Document(id)] = history.Count > 0 ? history[^1].Number : 0 },
        })
        {
            Run = shown,
            Row = row,
            Marks = TextMarks.Of(document.Text, shown?.TokenScoresOf(row, id) ?? [], shown?.MaskOf(id), MostCharacters),
            SpeaksFor = await AnswersAsync(speaks.OrderByDescending(one => one.Score.Share).Take(MostAnswers), context.RequestAborted),
            History = history,
        };
    }

    /// <summary>What is explained, with an exchange to look at where the log has one: the answer itself, or one of the set.</summary>
    private async Task<IReadOnlyList<SpokenFor>> AnswersAsync(IEnumerable<(OpenedRun Run, int Row, DocumentScore Score)> speaks, CancellationToken cancellation)
    {
        List<SpokenFor> answers = [];
        foreach (var (run, row, score) in speaks)
        {
            var explained = run.ExplainedBy(row);
            var query = run.Scores.Queries[row].Id;
            var exchange = explained.FirstOrDefault(id => id != query) ?? query;
            answers.Add(new(run, row, query, explained.Count(id => id != query), await Setting.Log.GetAsync(exchange, cancellation) is null ? null : exchange, score));
        }

        return answers;
    }

    private static int Row(HttpContext context, OpenedRun run) =>
        int.TryParse(DeskRooms.Given(context, "row"), NumberStyles.None, CultureInfo.InvariantCulture, out var row) && row < run.Scores.Queries.Count ? row : run.Scores.RankedRows.FirstOrDefault();
}
