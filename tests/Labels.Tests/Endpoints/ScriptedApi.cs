using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tda.Labels.Tests.Endpoints;

/// <summary>A request to the <see cref="ScriptedApi"/>.</summary>
internal sealed record Call(
    HttpContext Http, string Prompt, long Seed, int MaxTokens, double Temperature, IReadOnlyDictionary<string, string> Headers)
{
    public string Tags => Header("X-Tda-Tags");

    public string Header(string name) => Headers.GetValueOrDefault(name, "");
}

/// <summary>An API that answers chats and completions as a test says; real HTTP on loopback.</summary>
internal sealed class ScriptedApi(WebApplication app) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _before = new();

    public ConcurrentQueue<Call> Calls { get; } = new();

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>Starts it.</summary>
    /// <param name="answer">Answers a call, given how many came before with the same prompt.</param>
    public static async Task<ScriptedApi> StartAsync(Func<Call, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedApi(app);
        app.MapPost("/v1/chat/completions", http => server.TakeAsync(http, body => body.GetProperty("messages")[0].GetProperty("content").ToString(), answer));
        app.MapPost("/v1/completions", http => server.TakeAsync(http, body => body.GetProperty("prompt").GetString()!, answer));
        await app.StartAsync();
        server.Url = new Uri(app.Urls.Single());
        return server;
    }

    public static Task Answer(Call call, string text) => call.Http.Response.WriteAsJsonAsync(new
    {
        id = "c",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = text } } },
    });

    /// <summary>A text completion with log-probabilities, of which the last <paramref name="generated"/> are of the model's own tokens.</summary>
    public static Task Complete(Call call, string text, double?[]? logprobs, int generated) => call.Http.Response.WriteAsJsonAsync(new
    {
        id = "c",
        @object = "text_completion",
        created = 1,
        model = "m",
        choices = new[] { new { index = 0, finish_reason = "length", text, logprobs = logprobs is null ? null : new { token_logprobs = logprobs } } },
        usage = new { prompt_tokens = (logprobs?.Length ?? 0) - generated, completion_tokens = generated },
    });

    public static Task Refuse(Call call, int status, string message, string? retryAfter = null)
    {
        call.Http.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            call.Http.Response.Headers.RetryAfter = retryAfter;
        }

        return call.Http.Response.WriteAsJsonAsync(new { error = new { message, type = "t" } });
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext http, Func<JsonElement, string> prompt, Func<Call, int, Task> answer)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var root = body.RootElement;
        var longest = root.TryGetProperty("max_completion_tokens", out var most) ? most : root.GetProperty("max_tokens");
        var call = new Call(
            http, prompt(root), root.TryGetProperty("seed", out var seed) ? seed.GetInt64() : 0, longest.GetInt32(),
            root.GetProperty("temperature").GetDouble(),
            http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        Calls.Enqueue(call);
        await answer(call, _before.AddOrUpdate(call.Prompt, 0, (_, n) => n + 1));
    }
}
