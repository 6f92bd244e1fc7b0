using Tda.Cli.Demo.Data;
using Tda.Core.Exchanges;
using Tda.Gateway;
using Tda.Lab.Models;
using Tda.Lab.Serving;
using Tda.Store;
using Tda.Store.Verification;

namespace Tda.Cli.Demo.Steps;

/// <summary>Serves the closed model, puts the gateway in front, talks to it, and reads the log.</summary>
internal static class ExchangeLog
{
    private const string TagName = "demo";

    /// <summary>Makes sure that every prompt has its exchange in the log.</summary>
    public static async Task RunAsync(DemoContext context, DemoSets sets, string closed)
    {
        var missing = await MissingAsync(context, [.. sets.LogHarmPrompts, .. sets.LogBenignPrompts]);
        if (missing.Count == 0)
        {
            return;
        }

        using var model = LabModel.Open(context.Place.Home.LabDirectory(closed));
        await using var upstream = await LabServer.StartAsync(model, new LabServerOptions { ModelName = closed }, context.Cancel);
        await using var gateway = await GatewayServer.StartAsync(
            new GatewayOptions
            {
                Upstream = upstream.Url.ToString(),
                Listen = "http://127.0.0.1:0",
                Home = context.Place.Home.Root,

                // Public mail: its addresses are part of the prompts, which are looked for in the log again.
                Redaction = new() { Enabled = false },
            },
            cancellationToken: context.Cancel);
        var conversation = new Conversation(gateway.Url, closed, $"{TagName}={context.Place.Name}");
        await conversation.SendAsync(missing, context.Options.AnswerTokens, (float)context.Options.Temperature,
            context.Options.Seed * 1_000_003, context.Progress, context.Cancel);
        await gateway.StopAsync();
    }

    /// <summary>The demo's exchanges that ended well, oldest first.</summary>
    public static async Task<List<Exchange>> ReadAsync(DemoContext context)
    {
        await using var store = await ExchangeStore.OpenAsync(context.Place.Home, cancellationToken: context.Cancel);
        List<Exchange> exchanges = [];
        await foreach (var exchange in store.ReadAsync(Filter(context), context.Cancel))
        {
            if (exchange is { State: TerminalState.Complete, Prompt: not null, Response: not null })
            {
                exchanges.Add(exchange);
            }
        }
        // The order of arrival depends on the network; what is made of the log must not.
        return [.. exchanges.OrderBy(exchange => exchange.Prompt, StringComparer.Ordinal)];
    }

    /// <summary>Checks the whole log: hashes of bodies, and forwarded = recorded.</summary>
    public static async Task<ExchangeVerification> VerifyAsync(DemoContext context)
    {
        await using var store = await ExchangeStore.OpenAsync(context.Place.Home, cancellationToken: context.Cancel);
        return await ExchangeVerifier.VerifyAsync(store, progress: context.Progress, cancellationToken: context.Cancel);
    }

    private static ExchangeFilter Filter(DemoContext context) =>
        ExchangeFilter.All with { OldestFirst = true, TagName = TagName, TagValue = context.Place.Name };

    private static async Task<List<(string Prompt, int Number)>> MissingAsync(DemoContext context, List<string> prompts)
    {
        HashSet<string> there = [.. (await ReadAsync(context)).Select(exchange => exchange.Prompt!)];
        return [.. prompts.Select((prompt, number) => (prompt, number)).Where(p => !there.Contains(p.prompt)).DistinctBy(p => p.prompt)];
    }
}
