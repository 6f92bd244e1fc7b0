using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Gateway.Redaction;
using Tda.Review;
using Tda.Review.Accounts;

namespace Tda.Gateway.Security;

/// <summary>
/// <c>POST /api/exchanges/{id}/feedback</c> with <c>rating</c>, <c>label</c>, <c>comment</c>: from the client whose exchange it is, with its
/// key, or from the admin.
/// </summary>
internal sealed class FeedbackEndpoint(IExchangeStore store, KeyCache keys, LiveOptions live, TimeProvider time)
{
    private const int MaxBytes = 64 << 10;
    private const int MaxLabel = 64;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/exchanges/{id}/feedback", (RequestDelegate)HandleAsync).ForEveryone();

    /// <summary>Takes feedback on the exchange that the route's <c>id</c> names.</summary>
    internal async Task HandleAsync(HttpContext context)
    {
        try
        {
            var id = (string)context.GetRouteValue("id")!;
            if (!DeskGate.IsInside(context) && !await IsOwnerAsync(context, id))
            {
                // One answer for "not yours" and "not there": ids of others can't be found out by asking.
                await ApiProblem.WriteAsync(context, StatusCodes.Status404NotFound, "not_found",
                    "There is no such exchange of yours; send your client key or the admin credential as bearer token.");
            }
            else if (await store.GetAsync(id, context.RequestAborted) is null)
            {
                await ApiProblem.WriteAsync(context, StatusCodes.Status404NotFound, "not_found",
                    "There is no such exchange (yet: one that has just ended may take a moment).");
            }
            else if (await ReadAsync(context) is not { } feedback)
            {
                await ApiProblem.WriteAsync(context, StatusCodes.Status400BadRequest, "bad_feedback",
                    $"Send JSON with rating (-1 to 1), label (at most {MaxLabel} characters) or comment, at most {MaxBytes} bytes.");
            }
            else
            {
                var given = new Feedback
                {
                    ExchangeId = id,
                    Rating = feedback.Rating,
                    Label = Masked(feedback.Label),
                    Comment = Masked(feedback.Comment),
                    At = ExchangeTime.Normalise(time.GetUtcNow()),
                    By = context.Features.Get<ClientIdentity>() is { } client ? $"client {client.Id}" : DeskAudit.Actor(context),
                };
                await store.AddFeedbackAsync(given, context.RequestAborted);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
        }
        catch (TdaException)
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "store_unavailable",
                "The log can't be reached; try again.");
        }
    }

    private async Task<bool> IsOwnerAsync(HttpContext context, string id)
    {
        var address = LocalCaller.Address(context);
        if (await keys.CheckAsync(ClientCredentials.Read(context.Request.Headers), address, context.RequestAborted) is not { } key)
        {
            return false;
        }

        context.Features.Set(new ClientIdentity(key.Id, key.RequestsPerMinute));
        return string.Equals((await store.GetAsync(id, context.RequestAborted))?.Client, key.Id, StringComparison.Ordinal);
    }

    private static async Task<Body?> ReadAsync(HttpContext context)
    {
        try
        {
            // Neither its length nor its type need be announced: many clients send in chunks, and `curl --data` calls everything a form.
            var bytes = new byte[MaxBytes + 1];
            var length = await context.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, context.RequestAborted);
            var body = length > MaxBytes ? null : JsonSerializer.Deserialize<Body>(bytes.AsSpan(0, length), JsonDefaults.Options);
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

    private string? Masked(string? text) => text is null ? null : BodyRedactor.For(live.Current.Redaction).Text(text);

    // Any one of them will do.
    private sealed record Body(double? Rating = null, string? Label = null, string? Comment = null);
}
