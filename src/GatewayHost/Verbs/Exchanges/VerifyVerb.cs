using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Recording;
using Tda.Gateway.Spool;
using Tda.Store;
using Tda.Store.Verification;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>`tda exchanges verify`: is the log whole and unchanged?</summary>
internal static class VerifyVerb
{
    private static readonly Option<string?> Against = new("--against")
    {
        Description = "Output of an earlier verify --json, or an export's manifest: its chain heads must still be in the chains",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Quick = new("--quick")
    { Description = "Don't parse the bodies anew: prompts, responses and what else is read from them are then not checked" };

    public static Command Build() => CommandExtensions.Verb("verify",
        "Brings in what the spool still holds, then checks every body's hash, what was read from it, each gateway run for gaps and against its hash "
        + "chain, and that what was forwarded was recorded.",
        "tda exchanges verify --json", Against, Quick).Runs(VerifyAsync);

    private static async Task<int> VerifyAsync(VerbContext context)
    {
        await using var store = await context.OpenStoreAsync();

        // What gateways left that are gone comes in first; what is in the spool then belongs to running ones, which go on.
        var replay = await SpoolReplay.RunAsync(store, context.Home.SpoolDirectory, cancellationToken: context.Cancel);
        var spools = SpoolInspector.Inspect(context.Home.SpoolDirectory);
        var options = new VerificationOptions
        {
            Against = context.Get(Against) is { } file ? ReadHeads(file) : [],
            Pending = spools.Where(spool => spool.Exchanges > 0).ToDictionary(spool => spool.SessionId, spool => new PendingRange(spool.First, long.MaxValue)),
            Reparse = context.Get(Quick) ? null : ExchangeParser.Apply,

            // A log on a server may be that of gateways whose spools are on other machines.
            Running = ExchangeStore.ServerOf(context.Parsed.GetValue(CommonOptions.Store)) is null ? spools.Select(spool => spool.SessionId).ToHashSet() : null,
        };
        var result = await ExchangeVerifier.VerifyAsync(store, options, context.Progress, context.Cancel);
        result = result with
        {
            Faults = [.. replay.Faults.Concat(spools.SelectMany(spool => spool.Faults)).Where(fault => !fault.Torn)
                .Select(fault => new VerificationFault(fault.Path, $"at byte {fault.Offset}, {fault.Length} bytes: {fault.Reason}")),
                .. result.Faults],
        };
        context.Done(result, console =>
        {
            if (replay.Sessions > 0)
            {
                console.WriteLine($"replayed {replay.Exchanges} exchanges of {replay.Sessions} gateway runs from the spool");
            }

            console.WriteLine($"{result.Exchanges} exchanges; forwarded {result.Forwarded} = recorded {result.Recorded} "
                + $"+ erased {result.Erased} + pruned {result.Pruned} + spooled {result.Spooled} + declared drops {result.Dropped}; "
                + $"{result.Unfinished} in unfinished sessions");
            foreach ((var cause, var count) in result.Drops)
            {
                console.WriteLine($"dropped, {cause}: {count}");
            }

            foreach (var head in result.Heads)
            {
                console.WriteLine($"chain of {head.Session}: {head.Chain} after number {head.Sequence}");
            }

            foreach (var fault in result.Faults)
            {
                console.WriteLine($"FAULT {fault.Subject}: {fault.Reason}");
            }

            console.WriteLine(result.Passed ? Verdict(result, context.Get(Quick)) : $"{result.Faults.Count + result.FaultsLeftOut} faults");
        });
        return result.Passed ? 0 : 3;
    }

    /// <summary>No more than was proved.</summary>
    private static string Verdict(ExchangeVerification result, bool quick)
    {
        var scope = quick ? " in bodies, headers and counters (--quick: what was read from the bodies wasn't checked)" : "";
        return result.Unfinished == 0
            ? $"verified: nothing is missing, nothing was changed{scope}"
            : $"verified: nothing that was recorded is missing or was changed{scope}; of {result.Unfinished} requests it can't be told, since their gateway "
                + "runs go on or were killed";
    }

    private static List<ChainHead> ReadHeads(string file)
    {
        const string Remedy = "Give the output of `tda exchanges verify --json`, or an export's manifest.";
        return JsonFile.Part<List<ChainHead>>(JsonFile.Read<JsonObject>(file, Remedy)["heads"], file, "heads", Remedy);
    }
}
