using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Streams;

/// <summary>A scripted model: events at even distances with the time of sending inside; plain requests get 2 KB at once.</summary>
internal static class StreamUpstream
{
    private static long _answers;

    public static async Task<int> RunAsync(StreamOptions options, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.Run(context => AnswerAsync(context, options));
        await app.StartAsync(cancel);
        Console.WriteLine("listening on " + app.Urls.Single());
        await app.WaitForShutdownAsync(cancel);
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context, StreamOptions options)
    {
        using var reader = new StreamReader(context.Request.Body);
        var stream = (await reader.ReadToEndAsync(context.RequestAborted)).Contains("\"stream\":true", StringComparison.Ordinal);
        var id = "chatcmpl-" + Letters.Of(Interlocked.Increment(ref _answers));
        try
        {
            if (stream)
            {
                await StreamAsync(context, options, id);
            }
            else
            {
                await PlainAsync(context, id);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The other side has gone, which the kill rounds mean to happen.
        }
    }

    private static async Task PlainAsync(HttpContext context, string id)
    {
        var answer = Encoding.UTF8.GetBytes(Payload.Answer(id));
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private static async Task StreamAsync(HttpContext context, StreamOptions options, string id)
    {
        var start = Stopwatch.GetTimestamp();
        context.Response.ContentType = "text/event-stream";
        for (var i = 1; i <= options.Events; i++)
        {
            var rest = TimeSpan.FromMilliseconds(i * options.Interval) - Stopwatch.GetElapsedTime(start);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, context.RequestAborted);
            }

            var text = Payload.Event(id, Letters.Of(Stopwatch.GetTimestamp()), last: i == options.Events);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        await context.Response.Body.WriteAsync("data: [DONE]\n\n"u8.ToArray(), context.RequestAborted);
    }
}
