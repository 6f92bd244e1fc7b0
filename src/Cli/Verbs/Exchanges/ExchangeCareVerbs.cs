using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Gateway.Parsing;
using Tda.Gateway.Recording;
using Tda.Gateway.Spooling;
using Tda.Store;

namespace Tda.Cli.Verbs.Exchanges;

/// <summary>`tda exchanges verify | prune | erase | audit`: what keeps the log sound, small and lawful.</summary>
internal static class ExchangeCareVerbs
{
    private static readonly Option<string?> Against = new("--against")
    { Description = "Output of an earlier verify --json, or an export's manifest: its chain heads must still be in the chains", HelpName = "FILE" };
    private static readonly Option<bool> Deep = new("--deep")
    { Description = "Parse every body anew and compare with what is stored; differences may also come of another program version" };
    private static readonly Option<string> OlderThan = new("--older-than") { Description = "Age: 90d, 12h, or a date such as 2026-01-31", Required = true, HelpName = "AGE" };
    private static readonly Option<int> Batch = new("--batch")
    { Description = "Exchanges of one transaction", HelpName = "N", DefaultValueFactory = _ => ExchangeRetention.DefaultBatch };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say how many would go" };
    private static readonly Argument<string[]> Ids = new("ID") { Description = "The exchanges' ids", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why, for the tombstone", Required = true, HelpName = "TEXT" };
    private static readonly Option<string> By = new("--by") { Description = "Who asked for it", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
    private static readonly Option<string[]> Also = new("--also")
    { Description = "File or folder to look through for copies, beside the home and known exports", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> Rewrite = new("--rewrite-exports") { Description = "Take them out of exports that have a manifest" };
    private static readonly Option<int> Limit = new("--limit") { Description = "Most entries to list", HelpName = "N", DefaultValueFactory = _ => 50 };
    private static readonly Option<long?> Before = new("--before") { Description = "Only entries before this number", HelpName = "N" };

    public static Command BuildVerify() => CommandExtensions.Verb("verify",
        "Brings in what the spool still holds, then checks every body's hash, each gateway run for gaps and against its hash chain, and that what was forwarded was recorded.",
        "tda exchanges verify --json", Against, Deep).Runs(VerifyAsync);

    public static Command BuildPrune() => CommandExtensions.Verb("prune",
        "Removes old exchanges in short transactions, while gateways go on recording.",
        "tda exchanges prune --older-than 90d --dry-run", OlderThan, Batch, DryRun, By).Runs(PruneAsync).Resumes();

    public static Command BuildErase() => CommandExtensions.Verb("erase",
        "Erases exchanges for good, leaves tombstones, and names files with copies.",
        "tda exchanges erase 01JD… --reason \"request of the person\"", Ids, Reason, By, Also, Rewrite).Runs(EraseAsync);

    public static Command BuildAudit() => CommandExtensions.Verb("audit",
        "Lists raw views, exports, erasures and retention runs, newest first.", "tda exchanges audit --json", Limit, Before).Runs(AuditAsync);

    private static async Task<int> VerifyAsync(VerbContext context)
    {
        await using var store = await context.OpenStoreAsync();

        // What gateways left that are gone comes in first; what is in the spool then belongs to running ones, which go on.
        var replay = SpoolReplay.Run(store, context.Home.SpoolDirectory, cancellationToken: context.Cancel);
        var spools = SpoolInspector.Inspect(context.Home.SpoolDirectory);
        var options = new VerificationOptions
        {
            Against = context.Get(Against) is { } file ? ReadHeads(file) : [],
            Pending = spools.Where(spool => spool.Exchanges > 0).ToDictionary(spool => spool.SessionId, spool => new PendingRange(spool.First, long.MaxValue)),
            Reparse = context.Get(Deep) ? ExchangeParser.Apply : null,
        };
        var result = await ExchangeVerifier.VerifyAsync(store, options, context.Progress, context.Cancel);
        result = result with
        {
            Faults = [.. replay.Faults.Concat(spools.SelectMany(spool => spool.Faults)).Where(fault => !fault.Torn)
                .Select(fault => new VerificationFault(fault.Path, $"at byte {fault.Offset}, {fault.Length} bytes: {fault.Reason}")), .. result.Faults],
        };
        context.Done(result, console =>
        {
            if (replay.Sessions > 0)
            {
                console.WriteLine($"replayed {replay.Exchanges} exchanges of {replay.Sessions} gateway runs from the spool");
            }

            console.WriteLine($"{result.Exchanges} exchanges; forwarded {result.Forwarded} = recorded {result.Recorded} + erased {result.Erased} "
                + $"+ pruned {result.Pruned} + spooled {result.Spooled} + declared drops {result.Dropped}; {result.Unfinished} in unfinished sessions");
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

            console.WriteLine(result.Passed ? "verified: nothing is missing, nothing was changed" : $"{result.Faults.Count + result.FaultsLeftOut} faults");
        });
        return result.Passed ? 0 : 3;
    }

    private static List<ChainHead> ReadHeads(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file))?["heads"].Deserialize<List<ChainHead>>(JsonDefaults.Options)
                ?? throw new BadInputException(file, "has no chain heads: give the output of `tda exchanges verify --json` or an export's manifest");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new BadInputException(file, $"can't be read as the output of `tda exchanges verify --json`: {error.Message}", inner: error);
        }
    }

    private static async Task<int> PruneAsync(VerbContext context)
    {
        var before = Cutoff(context.Get(OlderThan), TimeProvider.System.GetUtcNow());
        if (context.Get(Batch) is < 1 or > 10_000)
        {
            throw new UsageException($"--batch {context.Get(Batch)}: 1 to 10000");
        }

        await using var store = await context.OpenStoreAsync();
        var dry = context.Get(DryRun);
        var count = dry
            ? await ExchangeRetention.CountAsync(store, before, context.Cancel)
            : await ExchangeRetention.PruneAsync(store, before, context.Get(By), TimeProvider.System, context.Get(Batch), context.Progress, context.Cancel);
        return context.Done(new { Before = before, Exchanges = count, Removed = !dry }, console =>
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} exchanges before {before:u} {(dry ? "would be removed" : "removed")}")));
    }

    /// <summary>The time before which exchanges are old.</summary>
    internal static DateTimeOffset Cutoff(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 36_500)
        {
            switch (text[^1])
            {
                case 'd': return now - TimeSpan.FromDays(number);
                case 'h': return now - TimeSpan.FromHours(number);
            }
        }
        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "O", "u"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : throw new UsageException($"--older-than {text}: neither an age such as 90d or 12h nor a date such as 2026-01-31");
    }

    private static async Task<int> EraseAsync(VerbContext context)
    {
        await using var store = await context.OpenStoreAsync();
        var options = new ErasureOptions
        {
            Reason = context.Get(Reason),
            By = context.Get(By),
            Also = context.Get(Also) ?? [],
            RewriteExports = context.Get(Rewrite),
        };
        var report = await ExchangeEraser.EraseAsync(store, context.Home, context.Get(Ids), options, context.Progress, context.Cancel);
        context.Done(report, console =>
        {
            foreach (var tombstone in report.Erased)
            {
                console.WriteLine($"erased {tombstone.Id} ({tombstone.ErasedAt:u}: {tombstone.Reason})");
            }

            foreach (var id in report.Unknown)
            {
                console.WriteLine($"there is no exchange {id} in {store.Location}");
            }

            foreach (var copy in report.Copies)
            {
                console.WriteLine($"{(copy.Rewritten ? "taken out of" : "STILL IN")} {copy.Path}: {string.Join(", ", copy.Ids)}");
            }

            if (report.Copies.Any(copy => !copy.Rewritten))
            {
                console.WriteLine("Remove or rewrite these files (exports: --rewrite-exports), and make anew what was made of them.");
            }
        });
        return report.Unknown.Count == 0 ? 0 : 2;
    }

    private static async Task<int> AuditAsync(VerbContext context)
    {
        await using var store = await context.OpenStoreAsync();
        var entries = await store.AuditsAsync(context.Get(Before), context.Get(Limit), context.Cancel);
        return context.Done(entries, console =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("number", "at", "who", "what", "with", "more");
            foreach (var entry in entries)
            {
                table.AddRow(new Text($"{entry.Number}"), new Text($"{entry.At:u}"), new Text(entry.Actor), new Text(entry.Action), new Text(entry.Subject),
                    new Text(entry.Detail ?? ""));
            }
            console.Write(table);
        });
    }
}
