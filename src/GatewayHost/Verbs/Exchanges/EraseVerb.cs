using Tda.Store.Maintenance;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>`tda exchanges erase`: erases exchanges for good.</summary>
internal static class EraseVerb
{
    private static readonly Argument<string[]> Ids = new("ID") { Description = "The exchanges' ids", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Reason = new("--reason")
    { Description = "Why, for the tombstone", Required = true, HelpName = "TEXT" };
    private static readonly Option<string> By = new("--by")
    { Description = "Who asked for it", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
    private static readonly Option<string[]> Also = new("--also")
    {
        Description = "File or folder to look through for copies, beside the home and known exports",
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool> Rewrite = new("--rewrite-exports")
    { Description = "Take them out of exports that have a manifest" };

    public static Command Build() => CommandExtensions.Verb("erase",
        "Erases exchanges for good, leaves tombstones, and names files with copies.",
        "tda exchanges erase 01JD… --reason \"request of the person\"", Ids, Reason, By, Also, Rewrite).Runs(EraseAsync);

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
                var where = copy.Rewritten ? "taken out of" : copy.Spool ? "until the running gateway has filled it, or stops, STILL IN" : "STILL IN";
                console.WriteLine($"{where} {copy.Path}: {string.Join(", ", copy.Ids)}");
            }

            if (report.Copies.Any(copy => copy is { Rewritten: false, Spool: false }))
            {
                console.WriteLine("Remove or rewrite these files (exports: --rewrite-exports), and make anew what was made of them.");
            }
        });
        return report.Unknown.Count == 0 ? 0 : 2;
    }
}
