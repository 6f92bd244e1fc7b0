using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Tda.Review.Accounts;
using Tda.Review.Agreement;
using Tda.Review.Attribution;
using Tda.Review.Queues;
using Tda.Review.Rendering;

namespace Tda.Review.Pages;

/// <summary>The desk itself, decisions, runs, sources, usage, help.</summary>
internal sealed class OtherPages(DeskRooms rooms, DocumentPages documents)
{
    private const int Newest = 10;
    private const int PageSize = 50;
    private const int DefaultDays = 30;

    // A report is self-contained: its styles and images are inside it, and it may load and run nothing.
    private const string ReportPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private DeskSetting Setting => rooms.Setting;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", rooms.Told(HomeAsync)).For(ReviewRole.Reader);
        routes.MapGet("/history", rooms.Told(HistoryAsync)).For(ReviewRole.Reader);
        routes.MapPost("/acts/{act}/undo", rooms.Told(UndoAsync)).For(ReviewRole.Reviewer);
        routes.MapGet("/runs", rooms.Told(RunsAsync)).For(ReviewRole.Reader);
        routes.MapGet("/runs/{id}", rooms.Told(ReportAsync)).For(ReviewRole.Reader);
        routes.MapGet("/sources", rooms.Told(SourcesAsync)).For(ReviewRole.Reader);
        routes.MapGet("/usage", rooms.Told(UsageAsync)).For(ReviewRole.Reader);
        routes.MapGet("/help", rooms.Told(context => DeskRooms.PageAsync<HelpPage>(context, new HelpModel(DeskUser.Of(context), Setting.Health())))).For(ReviewRole.Reader);
    }

    private async Task HomeAsync(HttpContext context)
    {
        var (user, stop) = (DeskUser.Of(context), context.RequestAborted);
        List<(DeskQueue, long)> queues = [];
        foreach (var queue in DeskQueue.All(Setting.Options, user.Name).Where(queue => !queue.ForAdjudicators || user.May(ReviewRole.Adjudicator)))
        {
            queues.Add((queue, await rooms.Queues.CountAsync(queue, stop)));
        }

        var totals = await Setting.Reviews.TotalsAsync(stop);
        (string, string)[] progress =
        [
            .. totals.ByStatus.OrderBy(pair => pair.Key).Select(pair => ($"{Shown.Word(pair.Key.Kind)}s, {Shown.Word(pair.Key.Status)}", Shown.Count(pair.Value))),
            .. totals.ByReviewer.GroupBy(one => one.Reviewer).Select(own => (own.Key, string.Join(", ", own.Select(one => $"{Shown.Count(one.Decisions)} {Shown.Verdict(one.Verdict)}")))),
        ];
        var influence = await documents.InfluentialAsync(stop);
        await DeskRooms.PageAsync<DeskHome>(context, new DeskHomeModel(
            user, Setting.Health(), queues, influence?.Documents.Count, progress.Length > 0 ? progress : [("Decisions", "none yet")],
            await Setting.Reviews.NewestAsync(limit: Newest, cancellationToken: stop))
        {
            Notice = Notices.Of(context),
        });
    }

    private async Task HistoryAsync(HttpContext context)
    {
        var by = DeskRooms.Given(context, "by");
        long before = 0;
        if (DeskRooms.Given(context, "before") is { } text && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out before))
        {
            await rooms.SayAsync(context, StatusCodes.Status400BadRequest, "Bad page", "That is no page's own link.", ("/history", "Decisions"));
            return;
        }

        var decisions = await Setting.Reviews.NewestAsync(by, before > 0 ? before : null, PageSize + 1, context.RequestAborted);
        var more = decisions.Count > PageSize;
        ReviewDecision[] shown = [.. decisions.Take(PageSize)];
        await DeskRooms.PageAsync<HistoryPage>(context, new HistoryModel(
            DeskUser.Of(context), Setting.Health(), shown, by,
            more ? $"/history?before={shown[^1].Number}{(by is null ? "" : $"&by={Uri.EscapeDataString(by)}")}" : null,
            ReviewerAgreement.Of(await Setting.Reviews.RatedAsync(cancellationToken: context.RequestAborted)))
        {
            Notice = Notices.Of(context),
        });
    }

    private async Task UndoAsync(HttpContext context)
    {
        var (user, act) = (DeskUser.Of(context), (string)context.GetRouteValue("act")!);
        var decisions = await Setting.Reviews.ActAsync(act, context.RequestAborted);
        var note = decisions.Count == 0 ? "gone" : decisions[0].By != user.Name && !user.May(ReviewRole.Adjudicator) ? "not-yours" : "undone";
        if (note == "undone")
        {
            await Setting.Reviews.UndoAsync(act, user.Name, ExchangeTime.Normalise(Setting.Time.GetUtcNow()), context.RequestAborted);
        }

        var back = DeskLogin.LocalPath((await context.Request.ReadFormAsync(context.RequestAborted))["back"]);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = QueryHelpers.AddQueryString(back, "note", note);
    }

    private async Task RunsAsync(HttpContext context)
    {
        RunComparison? comparison = null;
        if (DeskRooms.Given(context, "first") is { } first && DeskRooms.Given(context, "second") is { } second)
        {
            if (rooms.Runs.Find(first, out _) is not { } one || rooms.Runs.Find(second, out _) is not { } other)
            {
                await rooms.NotFoundAsync(context, "One of these runs isn't there, or has no scores.");
                return;
            }

            comparison = RunComparison.Of(one, other);
        }

        ListedRun[] runs =
        [
            .. rooms.Runs.List().Select(run =>
            {
                var opened = rooms.Runs.Find(run.Id, out var fault);
                return new ListedRun(run.Id, run.Changed, run.HasReport, opened, fault);
            }),
        ];
        await DeskRooms.PageAsync<RunsPage>(context, new RunsModel(DeskUser.Of(context), Setting.Health(), runs) { Comparison = comparison });
    }

    private Task ReportAsync(HttpContext context)
    {
        if (rooms.Runs.ReportOf((string)context.GetRouteValue("id")!) is not { } path)
        {
            return rooms.NotFoundAsync(context, "There is no such run, or it has no report yet: tda report makes one.");
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        return context.Response.SendFileAsync(path, context.RequestAborted);
    }

    private async Task SourcesAsync(HttpContext context)
    {
        string? fault = null;
        OpenedRun[] runs = [.. rooms.Runs.Scored().Where(run => run.Scores.Queries.Count > 0)];
        var shown = DeskRooms.Given(context, "run") is { } wanted ? rooms.Runs.Find(wanted, out fault) : runs.FirstOrDefault();
        if (DeskRooms.Given(context, "run") is not null && shown is null)
        {
            await rooms.NotFoundAsync(context, fault ?? "There is no such run, or it has no scores.");
            return;
        }

        await DeskRooms.PageAsync<SourcesPage>(context, new SourcesModel(
            DeskUser.Of(context), Setting.Health(), [.. runs.Select(run => run.Id)], shown is { Scores.Queries.Count: > 0 } ? SourceMatrix.Of(shown) : null, fault));
    }

    private async Task UsageAsync(HttpContext context)
    {
        var days = DefaultDays;
        if (DeskRooms.Given(context, "days") is { } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out days) && days is >= 1 and <= 3660))
        {
            await rooms.SayAsync(context, StatusCodes.Status400BadRequest, "Bad span", "The number of days isn't valid: from 1 to 3660.", ("/usage", "Usage"));
            return;
        }

        var usage = await Setting.Log.UsageAsync(ExchangeFilter.All with { From = Setting.Time.GetUtcNow().AddDays(-days) }, context.RequestAborted);
        var prices = Setting.Prices();
        await DeskRooms.PageAsync<UsagePage>(context, new UsageModel(DeskUser.Of(context), Setting.Health(), days, prices,
        [
            ("In all", "What", [UsageTotal.Of("all", usage, prices)]),
            ("By model", "Model", UsageTotal.By(UsageGroup.Model, usage, prices)),
            ("By client key", "Key", UsageTotal.By(UsageGroup.Key, usage, prices)),
            ("By tag", "Tag", UsageTotal.By(UsageGroup.Tag, usage, prices)),
        ]));
    }
}
