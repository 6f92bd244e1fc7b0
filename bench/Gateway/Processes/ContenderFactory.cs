namespace Tda.Bench.Gateway.Processes;

/// <summary>Starts contenders by name, all in front of one upstream.</summary>
/// <param name="programs">Our programs.</param>
/// <param name="scratch">A directory for their files.</param>
internal sealed class ContenderFactory(Programs programs, string scratch)
{
    private static readonly Dictionary<string, string> Key = new(StringComparer.Ordinal) { ["Authorization"] = "Bearer sk-bench-key-of-no-use" };

    /// <summary>Starts them one after the other; what started is stopped again if one does not.</summary>
    public async Task<IReadOnlyList<Contender>> StartAsync(ServerProcess upstream, params IEnumerable<string> names)
    {
        var started = new List<Contender>();
        try
        {
            foreach (var name in names)
            {
                started.Add(await StartAsync(upstream, name));
            }

            return started;
        }
        catch (TdaException)
        {
            foreach (var contender in started)
            {
                await contender.DisposeAsync();
            }

            throw;
        }
    }

    private async Task<Contender> StartAsync(ServerProcess upstream, string name) => name switch
    {
        Contender.Direct => new(name, upstream, Key),
        Contender.Nginx => new(name, await Nginx.ProxyAsync(scratch, upstream.Url, buffering: false), Key),
        Contender.BareYarp => new(name, await ServerProcess.StartAsync(name, ServerProcess.Managed(programs.BareYarp, upstream.Url.ToString())), Key),
        Contender.ClaudeCodeRouter => new(name, await ClaudeCodeRouter.StartAsync(scratch, upstream.Url), Key),
        Contender.Portkey => new(name, await Portkey.StartAsync(), Portkey.Headers(Key, upstream.Url)),
        Contender.Memory => await TdaAsync(upstream, name, programs.Tda, "memory"),
        Contender.Written => await TdaAsync(upstream, name, programs.Tda, "written"),
        Contender.Synced => await TdaAsync(upstream, name, programs.Tda, "synced"),
        Contender.WrittenBefore => await TdaAsync(upstream, name, Before, "written"),
        Contender.SyncedBefore => await TdaAsync(upstream, name, Before, "synced"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such contender"),
    };

    // As the launcher and all in deploy/ start the gateway.
    private static readonly Dictionary<string, string> AsShipped = new(StringComparer.Ordinal) { ["DOTNET_GCgen0size"] = "0x4000000" };

    private string Before => programs.Before ?? throw new TdaException("the case needs another build to compare with: give --before PATH to its tda.dll");

    private async Task<Contender> TdaAsync(ServerProcess upstream, string name, string tda, string durability)
    {
        var gateway = await TdaGateway.StartAsync(tda, upstream.Url, Path.Combine(scratch, "home-" + name.Replace(' ', '-')), durability, environment: AsShipped);
        return new(name, gateway.Process, Key, gateway);
    }
}
