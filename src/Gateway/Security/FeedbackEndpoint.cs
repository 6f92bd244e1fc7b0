using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tda.Core.Exchanges;
using Tda.Gateway.Redaction;
using Tda.Store;

namespace Tda.Gateway.Security;

/// <summary>
/// <c>POST /api/exchanges/{id}/feedback</c> with <c>rating</c>, <c>label</c>, <c>comment</c>: from the client whose exchange it is, with its
/// key, or from the admin.
/// </summary>
internal sealed class FeedbackEndpoint(IExchangeStore store, KeyCache keys, IFeedbackLog log, BodyRedactor redactor, TimeProvider time)
{
    private const int MaxBytes = 64 << 10;
    private const int MaxLabel = 64;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/exchanges/{id}/feedback", (RequestDelegate)HandleAsync);

    /// <summary>Takes feedback on the exchange that the route's <c>id</c> names.</summary>
    internal async Task HandleAsync(HttpContext context)
    {
        try
        {
            var id = (string)context.GetRouteValue("id")!;
            if (!AdminGate.IsAdmin(context) && !await IsOwnerAsync(context, id))
            {
                // One answer for "not yours" and "not there": ids of others can't be found out by asking.
                await ApiProblem.WriteAsync(context, StatusCodes.Status404NotFound, "not_found", "There is no such exchange of yours; send your client key or the admin credential as bearer token.");
            }
            else if (await store.GetAsync(id, context.RequestAborted) is null)
            {
                await ApiProblem.WriteAsync(context, StatusCodes.Status404NotFound, "not_found", "There is no such exchange (yet: one that has just ended may take a moment).");
            }
            else if (await ReadAsync(context) is not { } feedback)
            {
                await ApiProblem.WriteAsync(
                    context, StatusCodes.Status400BadRequest, "bad_feedback", $"Send JSON with rating (-1 to 1), label (at most {MaxLabel} characters) or comment, at most {MaxBytes} bytes.");
            }
            else
            {
                await log.AddAsync(
                    new(id, ExchangeTime.Normalise(time.GetUtcNow()), AdminGate.Actor(context), feedback.Rating, Masked(feedback.Label), Masked(feedback.Comment)), context.RequestAborted);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
        }
        catch (TdaException)
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "store_unavailable", "The log can't be reached; try again.");
        }
    }

    private async Task<bool> IsOwnerAsync(HttpContext context, string id)
    {
        if (await keys.CheckAsync(ClientCredentials.Read(context.Request.Headers)) is not { } key)
        {
            return false;
        }

        context.Features.Set(new ClientIdentity(key.Id, key.RequestsPerMinute));
        return string.Equals((await store.GetAsync(id, context.RequestAborted))?.Client, key.Id, StringComparison.Ordinal);
    }

    private static async Task<Body?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or > MaxBytes || !context.Request.HasJsonContentType())
        {
            return null;
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync<Body>(context.Request.Body, JsonDefaults.Options, context.RequestAborted);
            var good = body is not null
                && (body.Rating ?? body.Label ?? (object?)body.Comment) is not null
                && body.Rating is null or (>= -1 and <= 1)
                && (body.Label?.Length ?? 0) <= MaxLabel;
            return good ? body : null;
        }
        catch (Exception error) when (error is JsonException or BadHttpRequestException)
        {
            return null;
        }
    }

    private string? Masked(string? text) => text is null ? null : redactor.Text(text);

    private sealed record Body(double? Rating, string? Label, string? Comment);
}

/// <summary>What a client or reviewer thinks of an answer.</summary>
/// <param name="ExchangeId">The exchange.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Actor">Who: <c>admin at ADDRESS</c>, <c>client KEY-ID</c>.</param>
/// <param name="Rating">From -1 (bad) to 1 (good), if given.</param>
/// <param name="Label">A short label such as <c>harmful</c>, if given.</param>
/// <param name="Comment">Free text, secrets masked, if given.</param>
public sealed record ExchangeFeedback(string ExchangeId, DateTimeOffset At, string Actor, double? Rating, string? Label, string? Comment);

/// <summary>Takes feedback on exchanges.</summary>
public interface IFeedbackLog
{
    /// <summary>Keeps one.</summary>
    Task AddAsync(ExchangeFeedback feedback, CancellationToken cancellationToken);
}

/// <summary>Feedback in the store, beside the exchange.</summary>
internal sealed class StoreFeedback(IExchangeStore store) : IFeedbackLog
{
    public Task AddAsync(ExchangeFeedback feedback, CancellationToken cancellationToken) => store.AddFeedbackAsync(
        new()
        {
            ExchangeId = feedback.ExchangeId,
            Rating = feedback.Rating,
            Label = feedback.Label,
            Comment = feedback.Comment,
            At = feedback.At,
            By = feedback.Actor,
        },
        cancellationToken);
}
