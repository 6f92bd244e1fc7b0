using System.Diagnostics;
using System.Text.Json.Nodes;
using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Attack;

/// <summary>The gateway under attack, with a client that asks all along as every other client would: what that one sees decides.</summary>
internal sealed class AttackTarget : IAsyncDisposable
{
    // A client that is served beside an attack may wait, but not for as long as this.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(3);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _witness;
    private readonly string? _key;
    private readonly long _mostMib;
    private readonly List<string> _findings = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromSeconds(60) };
    private long _answered;
    private TimeSpan _longest;

    private AttackTarget(TdaGateway gateway, AttackUpstream upstream, string? key, long mostMib)
    {
        Gateway = gateway;
        Upstream = upstream;
        _key = key;
        _mostMib = mostMib;
        _witness = WitnessAsync();
    }

    public TdaGateway Gateway { get; }

    public AttackUpstream Upstream { get; }

    public Uri Url => Gateway.Process.Url;

    /// <param name="options">The run.</param>
    /// <param name="configuration">A configuration file's content beside upstream and address.</param>
    /// <param name="heapBytes">What the gateway's heap may take; 0 for no limit.</param>
    /// <param name="mostMib">What all of its memory may take at the peak, in MiB.</param>
    /// <param name="witnessKey">Whether the client beside the attack gets a key of the gateway's.</param>
    public static async Task<AttackTarget> StartAsync(
        AttackOptions options, object? configuration = null, long heapBytes = 0, long mostMib = long.MaxValue, bool witnessKey = false)
    {
        var upstream = await AttackUpstream.StartAsync();
        var file = Path.Combine(options.Scratch, "gateway.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(configuration ?? new { }, JsonDefaults.Options));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (heapBytes > 0)
        {
            environment["DOTNET_GCHeapHardLimit"] = "0x" + heapBytes.ToString("x", CultureInfo.InvariantCulture);
        }

        var gateway = await TdaGateway.StartAsync(
            options.Programs.Tda, upstream.Url, Path.Combine(options.Scratch, "home"), "written", environment: environment, more: ["--config", file]);
        var key = witnessKey ? JsonNode.Parse(await Tools.RunAsync(gateway.Command.Start("keys", "issue", "--name", "witness", "--json"), SettleLimit))!["key"]!.GetValue<string>() : null;
        return new(gateway, upstream, key, mostMib);
    }

    /// <summary>Something that must not be.</summary>
    public void Found(string what)
    {
        lock (_findings)
        {
            _findings.Add(what);
        }
    }

    /// <summary>Ends the attack: the process must live, the witness must have been served, and the log must hold everything.</summary>
    /// <returns>What was measured of the gateway, and everything found.</returns>
    public async Task<(object Measured, IReadOnlyList<string> Findings)> EndAsync()
    {
        await _stop.CancelAsync();
        await _witness;
        if (Gateway.Process.HasExited)
        {
            return (new { }, [.. _findings, "THE PROCESS ENDED: " + Gateway.Process.Output]);
        }

        var settled = await Gateway.SettleAsync(SettleLimit);
        var peak = ProcessStats.PeakBytes(Gateway.Process.Id) >> 20;
        var health = (await Gateway.HealthAsync()).Json;
        if (health["difference"]?.GetValue<long>() is not 0)
        {
            Found($"/health does not add up: {health["equation"]}");
        }

        var verification = await Gateway.StopAndVerifyAsync();
        foreach (var fault in verification.Failures("verify"))
        {
            Found(fault);
        }

        if (peak > _mostMib)
        {
            Found($"memory: {peak} MiB at the peak, and at most {_mostMib} should be");
        }

        if (_longest > LongestAnswer)
        {
            Found(string.Create(CultureInfo.InvariantCulture, $"a client beside the attack waited {_longest.TotalSeconds:F1} s for an answer"));
        }

        var measured = new
        {
            PeakMib = peak,
            Witnessed = _answered,
            LongestAnswerMs = Math.Round(_longest.TotalMilliseconds),
            SettledSeconds = Math.Round(settled, 1),
            verification.Forwarded,
            verification.Recorded,
            Dropped = verification.DeclaredDrops,
        };
        lock (_findings)
        {
            return (measured, [.. _findings]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _witness;
        await Gateway.Process.DisposeAsync();
        await Upstream.DisposeAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task WitnessAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, Payload.Path)) { Content = new StringContent(Payload.Request("witness")) };
                if (_key is not null)
                {
                    request.Headers.Authorization = new("Bearer", _key);
                }

                using var answer = await _client.SendAsync(request);
                var body = await answer.Content.ReadAsStringAsync();
                if (!answer.IsSuccessStatusCode)
                {
                    Found($"a client beside the attack got {(int)answer.StatusCode}: {body[..Math.Min(200, body.Length)]}");
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                Found($"a client beside the attack was not served: {error.Message}");
                if (Gateway.Process.HasExited)
                {
                    return;
                }
            }

            _answered++;
            var waited = Stopwatch.GetElapsedTime(start);
            _longest = waited > _longest ? waited : _longest;
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
