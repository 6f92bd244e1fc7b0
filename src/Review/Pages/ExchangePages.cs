using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Review.Accounts;
using Tda.Review.Deciding;
using Tda.Review.Queues;
using Tda.Review.Rendering;

namespace Tda.Review.Pages;

/// <summary>Exchanges: the log by filters, queues, the item to decide on, its raw bytes.</summary>
internal sealed class ExchangePages(DeskRooms rooms, ItemReader items)
{
    private const int PageSize = 50;

    private DeskSetting Setting => rooms.Setting;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/exchanges", rooms.Told(ListAsync)).For(ReviewRole.Reader);
        routes.MapGet("/desk/{queue}", rooms.Told(QueueAsync)).For(ReviewRole.Reader);
        routes.MapGet("/desk/{queue}/next", rooms.Told(NextAsync)).For(ReviewRole.Reader);
        routes.MapGet("/exchanges/{id}", rooms.Told(ItemAsync)).For(ReviewRole.Reader);
        routes.MapGet("/exchanges/{id}/raw", rooms.Told(RawAsync)).For(ReviewRole.Reader);
        routes.MapPost("/exchanges/{id}/attribution", rooms.Told(AskAsync)).For(ReviewRole.Reviewer);
        routes.MapPost("/exchanges/{id}/decision", rooms.Told(DecideAsync)).For(ReviewRole.Reviewer);
    }

    private async Task ListAsync(HttpContext context)
    {
        if (ExchangeQuery.Read(context.Request.Query, out var fault) is not { } filter)
        {
            await rooms.SayAsync(context, StatusCodes.Status400BadRequest, "Bad filter", $"The filter in the address isn't valid: {fault}.", ("/exchanges", "All exchanges"));
            return;
        }

        await DeskRooms.PageAsync<ExchangesPage>(context, await ModelAsync(context, null, filter));
    }

    private async Task QueueAsync(HttpContext context)
    {
        if (Queue(context) is not { } queue)
        {
            await rooms.NotFoundAsync(context, "There is no such queue.");
            return;
        }

        ExchangeCursor place = default;
        var after = DeskRooms.Given(context, "after") is { } text ? ExchangeCursor.TryParse(text, out place) ? place : (ExchangeCursor?)null : null;
        await DeskRooms.PageAsync<ExchangesPage>(context, await ModelAsync(context, queue, queue.Filter with { After = after }) with { Notice = Notices.Of(context) });
    }

    private async Task<ExchangeListModel> ModelAsync(HttpContext context, DeskQueue? queue, ExchangeFilter filter)
    {
        // One more than a page is asked for, to know whether there is a next page.
        var exchanges = await Setting.Log.ListAsync(filter with { Limit = PageSize + 1 }, context.RequestAborted).ToListAsync(context.RequestAborted);
        var more = exchanges.Count > PageSize;
        List<ExchangeSummary> shown = [.. exchanges.Take(PageSize)];
        string[] ids = [.. shown.Select(one => one.Id)];
        return new(DeskUser.Of(context), Setting.Health(), filter, shown,
            filter.After is null && !more ? shown.Count : await Setting.Log.CountUpToAsync(filter, QueueReader.MostCounted + 1, context.RequestAborted))
        {
            Queue = queue,
            Prices = Setting.Prices(),
            States = await Setting.Reviews.StatesAsync(ReviewSubjectKind.Exchange, ids, context.RequestAborted),
            Locks = await Setting.Reviews.LocksAsync(ReviewSubjectKind.Exchange, ids, Setting.Time.GetUtcNow(), context.RequestAborted),
            Next = more ? ExchangeQuery.Path(queue, filter, shown[^1].Cursor) : null,
        };
    }

    private async Task NextAsync(HttpContext context)
    {
        if (Queue(context) is not { } queue)
        {
            await rooms.NotFoundAsync(context, "There is no such queue.");
            return;
        }

        var user = DeskUser.Of(context);
        ExchangeCursor? after = null;
        if (DeskRooms.Given(context, "skip") is { } skipped)
        {
            await Setting.Reviews.ReleaseAsync(ReviewSubject.Exchange(skipped), user.Name, context.RequestAborted);
            after = await items.PlaceOfAsync(skipped, context.RequestAborted);
        }

        // On from there, so that what was skipped comes again only after all others.
        var next = await rooms.Queues.NextAsync(queue, user.Name, after, context.RequestAborted)
            ?? (after is null ? null : await rooms.Queues.NextAsync(queue, user.Name, null, context.RequestAborted));
        next = next?.Id == DeskRooms.Given(context, "skip") ? null : next;
        var done = DeskRooms.Given(context, "done") is { } act ? $"&done={Uri.EscapeDataString(act)}" : "";
        context.Response.Redirect(next is null
            ? $"/desk/{queue.Name}?note=end{done}"
            : $"{Shown.ExchangePath(next.Id)}?queue={queue.Name}{done}");
    }

    private async Task ItemAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        var done = await rooms.DoneAsync(context);
        var draft = DecisionDraft.Fresh() with { Queue = Queue(context)?.Name, Run = DeskRooms.Given(context, "run") };

        // What was just decided here is done with: taken again, it would be kept from the next reviewer.
        var model = await items.ReadAsync(context, id, draft, takeLock: done.All(one => one.Verdict == ReviewVerdict.Undo || one.Subject != ReviewSubject.Exchange(id)));
        if (model is null)
        {
            await rooms.NotFoundAsync(context, "There is no such exchange.");
            return;
        }

        await DeskRooms.PageAsync<ItemPage>(context, model with { Notice = Notices.Of(context, done), JustDone = Notices.Undoable(done) });
    }

    private async Task RawAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (await Setting.Log.GetAsync(id, context.RequestAborted) is not { } exchange)
        {
            await rooms.NotFoundAsync(context, "There is no such exchange.");
            return;
        }

        await rooms.AuditAsync(context, "view_raw", id);
        await DeskRooms.PageAsync<RawPage>(context, new RawModel(DeskUser.Of(context), Setting.Health(), exchange));
    }

    private async Task AskAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (await Setting.Log.GetAsync(id, context.RequestAborted) is null)
        {
            await rooms.NotFoundAsync(context, "There is no such exchange.");
            return;
        }

        try
        {
            rooms.Jobs.Ask(id, form["index"].ToString());
        }
        catch (UsageException error)
        {
            await rooms.SayAsync(context, StatusCodes.Status409Conflict, "Not asked", error.Message, (Shown.ExchangePath(id), "Back to the exchange"));
            return;
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        var queue = DeskQueue.Find(Setting.Options, DeskUser.Of(context).Name, form["queue"]);
        context.Response.Headers.Location = Shown.ExchangePath(id) + (queue is null ? "" : "?queue=" + queue.Name);
    }

    private async Task DecideAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var draft = DecisionDraft.Read(form);
        if (await items.ReadAsync(context, id, draft, takeLock: draft.TakesOver) is not { } model)
        {
            await rooms.NotFoundAsync(context, "There is no such exchange.");
            return;
        }

        var (again, status) = await items.DecideAsync(context, model, onlyPreview: form["do"] == "preview");
        if (again is not null)
        {
            await DeskRooms.PageAsync<ItemPage>(context, again, status);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = form["do"] == "next" && model.Queue is { } queue
            ? $"/desk/{queue.Name}/next?skip={Uri.EscapeDataString(id)}&done={draft.Act}"
            : $"{Shown.ExchangePath(id)}?done={draft.Act}{(model.Queue is { } own ? $"&queue={own.Name}" : "")}";
    }

    private DeskQueue? Queue(HttpContext context) => DeskQueue.Find(
        Setting.Options, DeskUser.Of(context).Name, context.GetRouteValue("queue") as string ?? DeskRooms.Given(context, "queue"));
}
