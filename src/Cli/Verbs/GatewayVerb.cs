using System.CommandLine;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Gateway;

namespace Tda.Cli.Verbs;

/// <summary>`tda gateway`: forwards to the closed model and records every exchange.</summary>
internal static class GatewayVerb
{
    private static readonly Option<string> Upstream = new("--upstream") { Description = "The closed model's API", Required = true, HelpName = "URL" };
    private static readonly Option<string> Listen = new("--listen")
    { Description = "Where to listen; port 0 lets the system choose", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:8787" };
    private static readonly Option<Durability?> Durable =
        EnumOption.Of<Durability>("--durability", "What is certain when the client has read the last byte", Durability.Written);
    private static readonly Option<double> Timeout = new("--timeout")
    { Description = "Longest silence of the upstream, in seconds", HelpName = "S", DefaultValueFactory = _ => GatewayOptions.LongTimeout.TotalSeconds };
    private static readonly Option<bool> Forwarded = new("--forwarded-headers") { Description = "Tell the upstream the client's address (X-Forwarded-*)" };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("gateway",
        "Forwards every /v1/* request to the closed model unchanged, and records every exchange. Ctrl+C stops it without losing one.",
        "tda gateway --upstream https://api.openai.com --listen http://127.0.0.1:8787",
        Upstream, Listen, Durable, Timeout, Forwarded).Runs(RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var options = new GatewayOptions
        {
            Upstream = context.Get(Upstream),
            Listen = context.Get(Listen),
            Home = context.Home.Root,
            Store = context.Parsed.GetValue(CommonOptions.Store),
            Durability = context.Get(Durable)!.Value,
            Timeout = TimeSpan.FromSeconds(context.Get(Timeout)),
            AddForwardedHeaders = context.Get(Forwarded),
        };
        GatewayCounts counts = await GatewayServer.RunAsync(options, line => Console.Error.WriteLine(line), cancellationToken: context.Cancel);
        return context.Done(counts, console => console.WriteLine(
            $"forwarded {counts.Forwarded} = recorded {counts.Recorded} + spooled {counts.Spooled} + declared drops {counts.Dropped}"));
    }
}
