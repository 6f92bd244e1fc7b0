using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tda.Browser.Tests.Support;

/// <summary>An OpenAI-compatible server that gives to each prompt the answer that is written down for it.</summary>
internal sealed class ClosedModel : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ClosedModel(WebApplication app) => _app = app;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<ClosedModel> StartAsync(IReadOnlyList<SampleExchange> exchanges)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapPost("/v1/chat/completions", async (HttpContext context) =>
        {
            using var request = await JsonDocument.ParseAsync(context.Request.Body);
            var asked = request.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString();
            return Results.Json(Answer(exchanges.Single(exchange => exchange.Prompt == asked)));
        });
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static object Answer(SampleExchange exchange) => new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        model = exchange.Model,
        choices = new[]
        {
            new
            {
                index = 0,
                finish_reason = exchange.ToolCall is null ? "stop" : "tool_calls",
                message = new { role = "assistant", content = exchange.Answer, tool_calls = exchange.ToolCall is { } call ? new[] { ToolCall(call) } : null },
                logprobs = exchange.Logprobs ? new { content = exchange.Answer.Split(' ').Select((word, i) => Token(i == 0 ? word : " " + word, i)).ToArray() } : null,
            },
        },
        usage = new { prompt_tokens = exchange.Prompt.Split(' ').Length, completion_tokens = exchange.Answer.Split(' ').Length },
    };

    private static object ToolCall(string arguments) => new { id = "call_1", type = "function", function = new { name = "search", arguments } };

    private static object Token(string text, int place) => new
    {
        token = text,
        logprob = -.1 - place % 7 / 4.0,
        bytes = Encoding.UTF8.GetBytes(text).Select(part => (int)part).ToArray(),
        top_logprobs = new[] { new { token = " other", logprob = -2.5 } },
    };
}
