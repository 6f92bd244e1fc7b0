using System.ClientModel;

namespace Tda.Labels.Endpoints;

/// <summary>
/// Calls an API until it answers: waits when it says that it is asked too much (429) or is out of order (5xx, no connection), at first a
/// second, then twice as long each time, or as long as it asks for.
/// </summary>
/// <param name="name">Who is called, for errors.</param>
/// <param name="time">Clock of the waiting.</param>
internal sealed class PatientCalls(string name, TimeProvider time)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Asks until there is an answer that waiting can't change.</summary>
    /// <exception cref="ClientResultException">The API refuses.</exception>
    /// <exception cref="TdaException">It was out of order for longer than it is waited for.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan patience, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            TimeSpan pause;
            Exception cause;
            try
            {
                return await ask(cancel);
            }
            catch (ClientResultException error) when (error.Status is 429 or 0 or >= 500)
            {
                (cause, pause) = (error, RetryAfter(error) ?? wait);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                (cause, pause) = (error, wait);
            }

            if (time.GetElapsedTime(began) + pause > patience)
            {
                throw new TdaException(
                    $"{name} didn't answer within {patience.TotalMinutes:0.#} minutes: {InOneLine(cause.Message)}. "
                    + "The same command goes on from here.",
                    cause);
            }

            await Task.Delay(pause, time, cancel);
        }
    }

    private TimeSpan? RetryAfter(ClientResultException error)
    {
        if (error.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var text) != true)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var when) && when > time.GetUtcNow() ? when - time.GetUtcNow() : null;
    }

    // The client's messages are paragraphs: status and code, parameter, and what the API says.
    internal static string InOneLine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
