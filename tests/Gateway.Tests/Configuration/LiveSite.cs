using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Tda.Gateway.Configuration;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Configuration;

/// <summary>A gateway with a configuration file, and what can be seen of it from outside.</summary>
internal sealed class LiveSite : IAsyncDisposable
{
    public const string Chat = "/v1/chat/completions";
    public const string Hang = "/v1/hang";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TempDirectory _directory = new();
    private readonly TaskCompletionSource _over = new();
    private readonly ScriptedUpstream _one;
    private readonly ScriptedUpstream _two = ScriptedUpstream.Answering(Samples.Json("""{"from":"two"}"""));
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;
    private SqliteConnection? _lock;

    private LiveSite()
    {
        _one = new(async request =>
        {
            if (request.Head.Contains(Hang, StringComparison.Ordinal))
            {
                await _over.Task;
            }

            await request.SendAsync(Samples.Json(Samples.Chat));
        });
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "Tda.Gateway",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (_spans)
                {
                    _spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public GatewayServer Server { get; private set; } = null!;

    /// <summary>Where a client on this machine reaches it.</summary>
    public Uri Url => new($"http://127.0.0.1:{Server.Url.Port}");

    /// <summary>The head and body that reached the first upstream last.</summary>
    public UpstreamRequest LastTaken => _one.Requests.Last();

    public static async Task<LiveSite> StartAsync(LiveChange change)
    {
        var site = new LiveSite();
        try
        {
            site.Write(change, changed: false);
            site.Server = await GatewayServer.StartAsync(new GatewayConfiguration(site._directory["gateway.json"]));
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes the change into the file and has it taken.</summary>
    public void Change(LiveChange change)
    {
        Write(change, changed: true);
        Server.Reload();
    }

    /// <summary>One call; returns the answer, head and all.</summary>
    public async Task<string> PostAsync(string body = Samples.ChatRequest, string headers = "", string path = Chat)
    {
        using var client = await RawClient.ConnectAsync(Url);
        await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}Connection: close\r\n\r\n{body}");
        return await client.ReadToEndAsync();
    }

    /// <summary>Asks for a WebSocket; returns the answer's head.</summary>
    public async Task<string> AskForWebSocketAsync()
    {
        using var client = await RawClient.ConnectAsync(Url);
        await client.SendAsync($"GET {Chat} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        return await client.ReadUntilAsync("\r\n\r\n");
    }

    public async Task<(int Status, string Body)> GetAsync(string path, string? bearer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Url, path));
        request.Headers.Authorization = bearer is null ? null : new("Bearer", bearer);
        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>One call, and what the log has of it.</summary>
    public async Task<Exchange> RecordAsync(string body = Samples.ChatRequest)
    {
        await PostAsync(body);
        await Server.DrainedAsync();
        return (await Server.Store.GetAsync((await Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id))!;
    }

    /// <summary>Whether one call gets a span.</summary>
    public async Task<bool> HasSpanAsync()
    {
        var exchange = await RecordAsync();
        lock (_spans)
        {
            return _spans.Exists(span => (string?)span.GetTagItem("tda.exchange.id") == exchange.Id);
        }
    }

    /// <summary>Whether the spool was filled.</summary>
    public bool IsFull => _lock is not null;

    /// <summary>Keeps the log from taking anything, and sends requests until they are refused.</summary>
    public async Task FillSpoolAsync()
    {
        _lock = new SqliteConnection($"Data Source={Path.Combine(_directory["home"], "tda.db")};Pooling=False");
        await _lock.OpenAsync();
        await using var command = _lock.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();
        await Eventually.HoldsAsync(async () => (await PostAsync("{\"x\":\"" + new string('x', 20_000) + "\"}")).StartsWith("HTTP/1.1 503", StringComparison.Ordinal));
    }

    /// <summary>Whether a call that does not end is in the spool before it does.</summary>
    public async Task<bool> IsSpooledMeanwhileAsync()
    {
        using var client = await RawClient.ConnectAsync(Url);
        await client.SendPostAsync(Hang, """{"note":"the marker of an open call"}""");
        await Eventually.TrueAsync(() => _one.Requests.Any(request => request.Head.Contains(Hang, StringComparison.Ordinal)), Patience);
        await Eventually.TrueAsync(() => Directory.GetFiles(Path.Combine(_directory["home"], "spool"), "*.wal", SearchOption.AllDirectories)
            .Any(file => Encoding.Latin1.GetString(ReadShared(file)).Contains("the marker of an open call", StringComparison.Ordinal)), Patience);
        return true;
    }

    /// <summary>Stops while a call does not end; returns once the gateway has stopped.</summary>
    public async Task<bool> StopWithCallUnderWayAsync()
    {
        using var client = await RawClient.ConnectAsync(Url);
        await client.SendPostAsync(Hang, "{}");
        await Eventually.TrueAsync(() => Server.Counts.InFlight == 1, Patience);
        await Server.StopAsync().WaitAsync(Patience);
        return true;
    }

    /// <summary>Stops, and says whether it serves meanwhile and calls itself not ready.</summary>
    public async Task<bool> IsDrainingBeforeItStopsAsync()
    {
        var stop = Server.StopAsync();
        var (status, body) = await GetAsync("/ready");
        await stop.WaitAsync(Patience);
        return (status, body) == (503, "draining\n");
    }

    public async ValueTask DisposeAsync()
    {
        _over.TrySetResult();
        if (_lock is not null)
        {
            await _lock.DisposeAsync();
        }

        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        _listener.Dispose();
        _http.Dispose();
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        _directory.Dispose();
    }

    private void Write(LiveChange change, bool changed)
    {
        var root = new JsonObject { ["upstream"] = _one.Url, ["listen"] = "http://127.0.0.1:0", ["home"] = _directory["home"], ["drain_timeout"] = "1ms" };
        foreach (var (path, value) in changed ? (ReadOnlySpan<(string, string?)>)[.. change.Beside, (change.Path, change.After)] : [.. change.Beside, (change.Path, change.Before)])
        {
            if (value is not null)
            {
                Set(root, path.Split('.'), value.Replace("ONE", _one.Url, StringComparison.Ordinal).Replace("TWO", _two.Url, StringComparison.Ordinal).Replace("FILES", _directory.Path, StringComparison.Ordinal));
            }
        }

        _directory.Write("secret", "the-secret-of-the-file");
        _directory.Write("other", "the-other-secret");
        _directory.Write("prices.json", """{ "currency": "USD", "models": { "m-1*": { "input": 2.5, "output": 10 } } }""");
        _directory.Write("gateway.json", root.ToJsonString());
    }

    private static void Set(JsonObject root, ReadOnlySpan<string> path, string value)
    {
        var name = path[0] == "ROUTE" ? Chat : path[0] == "HANG" ? Hang : path[0];
        if (path.Length == 1)
        {
            root[name] = JsonNode.Parse(value);
            return;
        }

        root[name] ??= new JsonObject();
        Set(root[name]!.AsObject(), path[1..], value);
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>A change of one option, and what it does.</summary>
/// <param name="Path">The option as a file names it; ROUTE stands for the route of chats, HANG for one that never answers.</param>
/// <param name="Before">Its value at the start as JSON; null for the default.</param>
/// <param name="After">Its value after the change; ONE and TWO stand for two upstreams, FILES for the folder of files.</param>
/// <param name="Seen">What must hold after the change and not before; null where only a restart takes it.</param>
/// <param name="Beside">Options that are set all along.</param>
internal sealed record LiveChange(string Path, string? Before, string After, Func<LiveSite, Task<bool>>? Seen, params (string Path, string? Value)[] Beside)
{
    /// <summary>Whether it is not looked at before the change, since what is seen before has no end, or is one.</summary>
    public bool OnlyAfter { get; init; }
}
