using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Our gateway as a user starts it, seen through its command line and <c>/health</c> alone.</summary>
internal sealed class TdaGateway
{
    private readonly TdaCommand _command;

    private TdaGateway(TdaCommand command, ServerProcess process) => (_command, Process) = (command, process);

    public ServerProcess Process { get; }

    public string Home => _command.Home;

    public static async Task<TdaGateway> StartAsync(
        string tda, Uri upstream, string home, string durability, string? store = null, IReadOnlyDictionary<string, string>? environment = null, params IEnumerable<string> more)
    {
        var command = new TdaCommand(tda, home, store, environment);
        var start = command.Start(
            ["gateway", "--upstream", upstream.ToString(), "--listen", "http://127.0.0.1:0", "--durability", durability, .. more]);
        return new TdaGateway(command, await ServerProcess.StartAsync("tda " + durability, start));
    }

    public async Task<GatewayHealth> HealthAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        return new GatewayHealth(JsonNode.Parse(await client.GetStringAsync(new Uri(Process.Url, "health")))!);
    }

    /// <summary>Waits until the store holds everything that was forwarded.</summary>
    /// <returns>Seconds that took.</returns>
    /// <exception cref="TdaException">It took longer than <paramref name="limit"/>.</exception>
    public async Task<double> SettleAsync(TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var health = await HealthAsync();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (health.Settled)
            {
                return seconds;
            }

            if (seconds > limit.TotalSeconds)
            {
                throw new TdaException($"{Process.Name}: after {limit} the store still lacks exchanges: {health.Json.ToJsonString()}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Stops it in good order, then lets `tda exchanges verify` check the log.</summary>
    public async Task<Verification> StopAndVerifyAsync()
    {
        var forwarded = (await HealthAsync()).Forwarded;
        var orderly = await Process.StopAsync(TimeSpan.FromSeconds(120));
        return (await _command.VerifyAsync()) with { Orderly = orderly, ForwardedByHealth = forwarded };
    }

    /// <summary>The same program's other verbs, on the same home.</summary>
    public TdaCommand Command => _command;
}
