using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tda.Review.Accounts;
using Tda.Review.Attribution;
using Tda.Review.Deciding;
using Tda.Review.Pages;
using Tda.Review.Queues;

namespace Tda.Review.Api;

/// <summary>Everything that the desk does, as JSON under <c>/api/v1</c>; errors are problem details (RFC 9457), pages go on by key, exchanges have ETags.</summary>
internal sealed class ApiRoutes(DeskRooms rooms, ItemReader items, DecisionTaker taker)
{
    private const int PageSize = 50;
    private const int MostOnPage = 500;

    private DeskSetting Setting => rooms.Setting;

    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Desk").AddEndpointFilter(ToldAsync);
        routes.MapGet("/api/v1", rooms.Told(ShowAsync)).For(ReviewRole.Reader).ExcludeFromDescription();
        api.MapGet("/me", (HttpContext context) => Me(DeskUser.Of(context))).For(ReviewRole.Reader).WithSummary("Who asks, and what they may do");
        api.MapGet("/queues", QueuesAsync).For(ReviewRole.Reader).WithSummary("The queues, and how many wait in each");
        api.MapGet("/queues/{name}", QueueAsync).For(ReviewRole.Reader).WithSummary("Exchanges that wait in a queue, newest first");
        api.MapGet("/exchanges", ExchangesAsync).For(ReviewRole.Reader).WithSummary("Exchanges by a filter, as on the page: text, model, route, status, state, label, tag, client, since, before, review, order");
        api.MapGet("/exchanges/{id}", ExchangeAsync).For(ReviewRole.Reader).WithSummary("An exchange, with its labels and decisions");
        api.MapGet("/exchanges/{id}/attribution", AttributionAsync).For(ReviewRole.Reader).WithSummary("The documents behind an exchange's answer, by the newest run that explains it or the one named");
        api.MapPost("/exchanges/{id}/attribution", AskAsync).For(ReviewRole.Reviewer).WithSummary("Asks an index for the documents behind an answer; it runs as a process of its own");
        api.MapGet("/exchanges/{id}/attribution/job", Job).For(ReviewRole.Reader).WithSummary("How far an attribution is that was asked for");
        api.MapPut("/exchanges/{id}/lock", LockAsync).For(ReviewRole.Reviewer).WithSummary("Takes or prolongs the lock; answers with the lock in force, another's too");
        api.MapDelete("/exchanges/{id}/lock", UnlockAsync).For(ReviewRole.Reviewer).WithSummary("Gives the lock back");
        api.MapGet("/documents/{corpus}/{id}", DocumentAsync).For(ReviewRole.Reader).WithSummary("A document, with its decisions");
        api.MapGet("/decisions", DecisionsAsync).For(ReviewRole.Reader).WithSummary("Decisions, newest first");
        api.MapPost("/decisions", DecideAsync).For(ReviewRole.Reviewer).WithSummary("Decides on an exchange, documents or both, or previews that");
        api.MapPost("/acts/{act}/undo", UndoAsync).For(ReviewRole.Reviewer).WithSummary("Takes an act back; others' acts take an adjudicator");
        api.MapGet("/runs", Runs).For(ReviewRole.Reader).WithSummary("Runs with scores, newest first");
        api.MapGet("/sources", Sources).For(ReviewRole.Reader).WithSummary("Every source's share of the influence on every class of answers");
    }

    /// <summary>The page of the API: its own list of what is mapped.</summary>
    private Task ShowAsync(HttpContext context) => DeskRooms.PageAsync<ApiPage>(context, new ApiModel(DeskUser.Of(context), Setting.Health(),
    [
        .. context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/v1/", StringComparison.Ordinal) && endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>() is not null)
            .Select(endpoint => new ApiEndpoint(
                string.Join(", ", endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []), endpoint.RoutePattern.RawText!,
                endpoint.Metadata.GetMetadata<RequiredRole>()!.Role!.Value, endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()!.Summary)),
    ]));

    private static ApiUser Me(DeskUser user) => new(user.Name, user.Role, user.FormToken);

    private async Task<IReadOnlyList<ApiQueue>> QueuesAsync(HttpContext context, CancellationToken cancellation)
    {
        List<ApiQueue> queues = [];
        foreach (var queue in DeskQueue.All(Setting.Options, DeskUser.Of(context).Name))
        {
            queues.Add(new(queue.Name, queue.Title, queue.Meaning, await rooms.Queues.CountAsync(queue, cancellation)));
        }

        return queues;
    }

    private async Task<Results<Ok<ApiPage<ApiExchange>>, ProblemHttpResult>> QueueAsync(string name, string? after, int? limit, HttpContext context, CancellationToken cancellation) =>
        DeskQueue.Find(Setting.Options, DeskUser.Of(context).Name, name) is { } queue
            ? await PageAsync(queue.Filter, after, limit, cancellation)
            : Missing("There is no such queue.");

    private async Task<Results<Ok<ApiPage<ApiExchange>>, ProblemHttpResult>> ExchangesAsync(int? limit, HttpContext context, CancellationToken cancellation)
    {
        var query = new QueryCollection(context.Request.Query.Where(pair => pair.Key is not ("limit" or "after")).ToDictionary(pair => pair.Key, pair => pair.Value));
        return ExchangeQuery.Read(query, out var fault) is { } filter
            ? await PageAsync(filter, context.Request.Query["after"], limit, cancellation)
            : Bad($"The filter isn't valid: {fault}.");
    }

    private async Task<Results<Ok<ApiPage<ApiExchange>>, ProblemHttpResult>> PageAsync(ExchangeFilter filter, string? after, int? limit, CancellationToken cancellation)
    {
        ExchangeCursor place = default;
        var most = limit ?? PageSize;
        if (most is < 1 or > MostOnPage || (!string.IsNullOrEmpty(after) && !ExchangeCursor.TryParse(after, out place)))
        {
            return Bad($"limit must be 1 to {MostOnPage}, and after a page's own next.");
        }

        var found = await Setting.Log.ListAsync(filter with { After = string.IsNullOrEmpty(after) ? null : place, Limit = most + 1 }, cancellation).ToListAsync(cancellation);
        List<ExchangeSummary> shown = [.. found.Take(most)];
        string[] ids = [.. shown.Select(one => one.Id)];
        var states = await Setting.Reviews.StatesAsync(ReviewSubjectKind.Exchange, ids, cancellation);
        var locks = await Setting.Reviews.LocksAsync(ReviewSubjectKind.Exchange, ids, Setting.Time.GetUtcNow(), cancellation);
        return TypedResults.Ok(new ApiPage<ApiExchange>(
            [
                .. shown.Select(one => new ApiExchange
                {
                    Id = one.Id,
                    StartedAt = one.StartedAt,
                    Route = one.Route,
                    State = one.State.Name(),
                    Model = one.Model,
                    Prompt = one.PromptPreview,
                    Response = one.ResponsePreview,
                    Review = states.GetValueOrDefault(one.Id),
                    Lock = locks.GetValueOrDefault(one.Id),
                }),
            ],
            found.Count > most ? shown[^1].Cursor.ToString() : null));
    }

    private async Task<Results<Ok<ApiExchange>, StatusCodeHttpResult, ProblemHttpResult>> ExchangeAsync(string id, HttpContext context, CancellationToken cancellation)
    {
        if (await Setting.Log.GetAsync(id, cancellation) is not { } exchange)
        {
            return Missing("There is no such exchange.");
        }

        var decisions = await Setting.Reviews.HistoryAsync(ReviewSubject.Exchange(id), cancellation);
        var feedback = await Setting.Log.FeedbackAsync(id, cancellation);
        var tag = FormattableString.Invariant($"\"{(decisions.Count > 0 ? decisions[^1].Number : 0)}-{feedback.Count}\"");
        context.Response.Headers.ETag = tag;
        return context.Request.Headers.IfNoneMatch.Contains(tag) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(new ApiExchange
        {
            Id = id,
            StartedAt = exchange.StartedAt,
            Route = exchange.Route,
            State = exchange.State.Name(),
            Model = exchange.Model,
            Prompt = exchange.Prompt,
            Response = exchange.Response,
            Messages = exchange.Messages,
            Feedback = feedback,
            Review = ReviewState.Of(decisions),
            Decisions = decisions,
            Lock = (await Setting.Reviews.LocksAsync(ReviewSubjectKind.Exchange, [id], Setting.Time.GetUtcNow(), cancellation)).GetValueOrDefault(id),
        });
    }

    private async Task<Results<Ok<ApiAttribution>, ProblemHttpResult>> AttributionAsync(string id, string? run, bool? more, CancellationToken cancellation)
    {
        if (await Setting.Log.GetAsync(id, cancellation) is not { } exchange)
        {
            return Missing("There is no such exchange.");
        }

        var found = await items.AttributionAsync(exchange, DecisionDraft.Fresh() with { Run = run }, more == true, cancellation);
        return found.Run is not { } shown || (run is not null && shown.Id != run)
            ? Missing(found.Abstained is { } abstained ? $"Run {abstained} abstained from this answer." : "No such run explains this answer: tda attribute makes one.")
            : TypedResults.Ok(new ApiAttribution(
                shown.Id, shown.Scores.Header.Method, shown.Scores.Queries[found.Row].Id, shown.Scores.Header.N,
                [.. found.Documents.Select(one => new ApiInfluence(one.Score, one.Masked, one.Document?.License, one.Document?.Owner, one.Overlap, one.State))],
                found.Runs, shown.CorpusName, shown.Scores.Explained[found.Row].Fidelity));
    }

    private async Task<Results<Accepted<AttributionJob>, ProblemHttpResult>> AskAsync(string id, string index, CancellationToken cancellation)
    {
        if (await Setting.Log.GetAsync(id, cancellation) is null)
        {
            return Missing("There is no such exchange.");
        }

        try
        {
            return TypedResults.Accepted($"/api/v1/exchanges/{Uri.EscapeDataString(id)}/attribution/job", rooms.Jobs.Ask(id, index));
        }
        catch (UsageException error)
        {
            return Problem(StatusCodes.Status409Conflict, "not_possible", error.Message);
        }
    }

    private Results<Ok<AttributionJob>, ProblemHttpResult> Job(string id) => rooms.Jobs.Find(id) is { } job ? TypedResults.Ok(job) : Missing("Nothing was asked for this exchange.");

    private async Task<Results<Ok<ReviewLock>, ProblemHttpResult>> LockAsync(string id, HttpContext context, CancellationToken cancellation) =>
        await Setting.Log.GetAsync(id, cancellation) is null
            ? Missing("There is no such exchange.")
            : TypedResults.Ok(await Setting.Reviews.LockAsync(
                ReviewSubject.Exchange(id), DeskUser.Of(context).Name, Setting.Time.GetUtcNow(), Setting.Options.LockTime, cancellation));

    private async Task<NoContent> UnlockAsync(string id, HttpContext context, CancellationToken cancellation)
    {
        await Setting.Reviews.ReleaseAsync(ReviewSubject.Exchange(id), DeskUser.Of(context).Name, cancellation);
        return TypedResults.NoContent();
    }

    private async Task<Results<Ok<ApiDocument>, ProblemHttpResult>> DocumentAsync(string corpus, string id, CancellationToken cancellation)
    {
        if (rooms.Documents.Find(corpus) is not { } opened || (await rooms.Documents.GetAsync(opened, [id], cancellation)).GetValueOrDefault(id) is not { } document)
        {
            return Missing("There is no such document in this home.");
        }

        var decisions = await Setting.Reviews.HistoryAsync(ReviewSubject.Document(id), cancellation);
        return TypedResults.Ok(new ApiDocument(document, decisions, ReviewState.Of(decisions)));
    }

    private async Task<Results<Ok<ApiPage<ReviewDecision>>, ProblemHttpResult>> DecisionsAsync(string? by, long? after, int? limit, CancellationToken cancellation)
    {
        var most = limit ?? PageSize;
        if (most is < 1 or > MostOnPage)
        {
            return Bad($"limit must be 1 to {MostOnPage}.");
        }

        var found = await Setting.Reviews.NewestAsync(by, after, most + 1, cancellation);
        ReviewDecision[] shown = [.. found.Take(most)];
        return TypedResults.Ok(new ApiPage<ReviewDecision>(shown, found.Count > most ? shown[^1].Number.ToString(CultureInfo.InvariantCulture) : null));
    }

    private async Task<Results<Ok<ApiDecided>, ProblemHttpResult>> DecideAsync(ApiDecisionRequest request, HttpContext context, CancellationToken cancellation)
    {
        var exchange = request.Exchange is { } id ? await Setting.Log.GetAsync(id, cancellation) : null;
        if ((request.Exchange is null) != (exchange is null))
        {
            return Missing("There is no such exchange.");
        }

        OpenedRun? run = null;
        if (request.Run is { } wanted && (run = rooms.Runs.Find(wanted, out _)) is null)
        {
            return Missing("There is no such run, or it has no scores.");
        }

        var draft = new DecisionDraft
        {
            Act = request.Act,
            Verdict = request.Verdict == ReviewVerdict.Undo ? null : request.Verdict,
            WeightText = request.Weight?.ToString("R", CultureInfo.InvariantCulture) ?? "",
            Reason = request.Reason,
            Note = request.Note,
            Documents = [.. request.Documents.Distinct(StringComparer.Ordinal)],
            Twins = request.Twins,
            Seen = request.Seen.ToDictionary(pair => pair.Key == request.Exchange ? ReviewSubject.Exchange(pair.Key) : ReviewSubject.Document(pair.Key), pair => pair.Value),
            Run = request.Run,
        };
        List<string> errors = [.. draft.Errors()];
        if (exchange is null && draft.Documents.Count == 0)
        {
            errors.Add("Name an exchange, documents or both.");
        }

        if (errors.Count > 0)
        {
            return Bad(string.Join(' ', errors));
        }

        try
        {
            var row = run is null ? null : exchange is null ? (int?)run.Scores.RankedRows.FirstOrDefault() : run.RowOf(exchange.Id);
            var (decisions, preview) = await taker.TakeAsync(
                draft, DeskUser.Of(context), exchange, request.Corpus ?? run?.CorpusName, run is null || row is null ? null : (run, row.Value), request.Preview, cancellation);
            return TypedResults.Ok(new ApiDecided(decisions, preview));
        }
        catch (ReviewConflictException conflict)
        {
            return Problem(StatusCodes.Status409Conflict, "conflict", conflict.Message + ": read it again, and send what you saw.");
        }
        catch (UsageException error)
        {
            return Problem(StatusCodes.Status409Conflict, "not_possible", error.Message);
        }
    }

    private async Task<Results<Ok<ApiDecided>, ProblemHttpResult>> UndoAsync(string act, HttpContext context, CancellationToken cancellation)
    {
        var (user, decisions) = (DeskUser.Of(context), await Setting.Reviews.ActAsync(act, cancellation));
        return decisions.Count == 0 ? Missing("There is no such act.")
            : decisions[0].By != user.Name && !user.May(ReviewRole.Adjudicator) ? Problem(StatusCodes.Status403Forbidden, "not_yours", "Only an adjudicator takes back what others decided.")
            : TypedResults.Ok(new ApiDecided(await Setting.Reviews.UndoAsync(act, user.Name, ExchangeTime.Normalise(Setting.Time.GetUtcNow()), cancellation), null));
    }

    private IReadOnlyList<ApiRun> Runs() =>
        [.. rooms.Runs.Scored().Select(run => new ApiRun(run.Id, run.Scores.Header.Method, run.Scores.Queries.Count, run.Changed, run.CorpusName))];

    private Results<Ok<ApiSources>, ProblemHttpResult> Sources(string? run)
    {
        var shown = run is null ? rooms.Runs.Scored().FirstOrDefault(one => one.Scores.Queries.Count > 0) : rooms.Runs.Find(run, out _);
        if (shown is not { Scores.Queries.Count: > 0 })
        {
            return Missing("There is no such run, or it has no scores.");
        }

        var matrix = SourceMatrix.Of(shown);
        return TypedResults.Ok(new ApiSources(shown.Id, [.. matrix.Classes.Select(one => one.Name)], matrix.Sources));
    }

    private static ProblemHttpResult Missing(string detail) => Problem(StatusCodes.Status404NotFound, "not_found", detail);

    private static ProblemHttpResult Bad(string detail) => Problem(StatusCodes.Status400BadRequest, "bad_request", detail);

    private static ProblemHttpResult Problem(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });

    /// <summary>Answers with a problem where the log can't be reached, or a file can't be read.</summary>
    private static async ValueTask<object?> ToldAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        try
        {
            return await next(invocation);
        }
        catch (BadInputException error)
        {
            return Problem(StatusCodes.Status500InternalServerError, "damaged", error.Message);
        }
        catch (TdaException error)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, "store_unavailable", error.Message);
        }
    }
}
