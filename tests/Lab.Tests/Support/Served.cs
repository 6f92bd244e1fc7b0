using System.Net.Http.Json;
using Tda.Lab.Generation;
using Tda.Lab.Serving;

namespace Tda.Lab.Tests.Support;

/// <summary>A model behind a real server on a free port, with a plain HTTP client.</summary>
internal sealed class Served : IAsyncDisposable
{
    public const string Model = "closed-1";

    private Served(LabServer server)
    {
        Server = server;
        Http = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(2) };
    }

    public LabServer Server { get; }

    public HttpClient Http { get; }

    public Uri Api => new(Server.Url, "v1");

    public static async Task<Served> StartAsync(ITextModel model, Func<LabServerOptions, LabServerOptions>? change = null)
    {
        var options = new LabServerOptions { ModelName = Model };
        return new Served(await LabServer.StartAsync(model, change?.Invoke(options) ?? options));
    }

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The events of a streamed answer, without <c>[DONE]</c>, which must be there.</summary>
    public async Task<List<JsonElement>> StreamAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var raw = await response.Content.ReadAsByteArrayAsync();
        var lines = new UTF8Encoding(false, true).GetString(raw).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.StartsWith("data: ", line));
        Assert.Equal("data: [DONE]", lines[^1]);
        return lines[..^1].Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement).ToList();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
