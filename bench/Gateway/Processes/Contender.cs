using System.Net.Http.Headers;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Processes;

/// <summary>One way from the client to the upstream.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Process">The proxy; for "direct" the upstream itself.</param>
/// <param name="Headers">What a client must send to it.</param>
/// <param name="Gateway">Ours, if it is ours.</param>
internal sealed record Contender(string Name, ServerProcess Process, IReadOnlyDictionary<string, string> Headers, TdaGateway? Gateway = null) : IAsyncDisposable
{
    public const string Direct = "direct";
    public const string BareYarp = "bare YARP";
    public const string Nginx = "nginx";
    public const string Portkey = "@portkey-ai/gateway";
    public const string ClaudeCodeRouter = "claude-code-router";
    public const string Memory = "tda memory";
    public const string Written = "tda written";
    public const string Synced = "tda synced";
    public const string WrittenBefore = "before, written";
    public const string SyncedBefore = "before, synced";

    public Uri Url => Process.Url;

    /// <summary>A request as it takes it: claude-code-router knows Anthropic's calls alone.</summary>
    public string Request(string marker) => Name == ClaudeCodeRouter
        ? HttpRequest.Text(Url, Headers, Payload.MessagesRequest(marker), Payload.MessagesPath)
        : HttpRequest.Text(Url, Headers, Payload.Request(marker));

    /// <summary>Asks once before anything is measured, so that a proxy that is set up wrongly is not taken for a slow one.</summary>
    /// <exception cref="TdaException">It did not pass the request on; the message has its answer.</exception>
    public async Task RequireAnswerAsync()
    {
        using var client = new HttpClient();
        var messages = Name == ClaudeCodeRouter;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, messages ? Payload.MessagesPath : Payload.Path))
        {
            Content = new StringContent(messages ? Payload.MessagesRequest("abcdef") : Payload.Request("abcdef"), new MediaTypeHeaderValue("application/json")),
        };
        foreach ((var name, var value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new TdaException($"{Name} answers with {(int)response.StatusCode}: {answer[..Math.Min(answer.Length, 400)]}");
        }

        try
        {
            using var document = JsonDocument.Parse(answer);
        }
        catch (JsonException error)
        {
            throw new TdaException($"{Name} answers with what is no JSON: {error.Message}", error);
        }
    }

    public async ValueTask DisposeAsync() => await Process.DisposeAsync();
}
