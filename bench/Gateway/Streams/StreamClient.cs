using System.Diagnostics;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Streams;

/// <summary>Reads many streams at once and compares when events come with when they were sent: both sides read the same clock.</summary>
internal static class StreamClient
{
    public static async Task<int> RunAsync(StreamOptions options)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromMinutes(2) };
        var report = new StreamReport();
        await Task.WhenAll(Enumerable.Range(0, options.Streams).Select(number => RepeatAsync(client, options, number, report)));
        Console.WriteLine(report.ToJson().ToJsonString());
        return 0;
    }

    private static async Task RepeatAsync(HttpClient client, StreamOptions options, int number, StreamReport report)
    {
        // They begin spread over a second, as people do; all at once would measure how a burst of connections is taken.
        await Task.Delay(1_000 * number / options.Streams);
        for (var i = 0; i < options.Repeats; i++)
        {
            try
            {
                report.Streamed(await ReadAsync(client, options, (number * 1_000L) + i, report) == options.Events);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                report.Failed(error.Message);
            }
        }
    }

    private static async Task<int> ReadAsync(HttpClient client, StreamOptions options, long number, StreamReport report)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(options.Url!, Payload.Path))
        {
            Content = new StringContent(Payload.Request(Letters.Of(number), stream: true), Encoding.UTF8, "application/json"),
        };
        foreach ((var name, var value) in options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var start = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        var lines = new EventTimes();
        var buffer = new byte[16 << 10];
        for (var have = 0; await body.ReadAsync(buffer.AsMemory(have)) is > 0 and int read;)
        {
            have = lines.Take(buffer, have + read, Stopwatch.GetTimestamp());
        }

        report.Add(start, lines.Events);
        return lines.Done ? lines.Events.Count : -1;
    }
}
