using Tda.GatewayHost.Terminal;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>`tda exchanges audit`: who looked at, exported or removed what.</summary>
internal static class AuditVerb
{
    private static readonly Option<int> Limit = new("--limit")
    { Description = "Most entries to list", HelpName = "N", DefaultValueFactory = _ => 50 };
    private static readonly Option<long?> Before = new("--before") { Description = "Only entries before this number", HelpName = "N" };

    public static Command Build() => CommandExtensions.Verb("audit",
        "Lists raw views, exports, erasures and retention runs, newest first.", "tda exchanges audit --json", Limit, Before).Runs(AuditAsync);

    private static async Task<int> AuditAsync(VerbContext context)
    {
        await using var store = await context.OpenStoreAsync();
        var entries = await store.AuditsAsync(context.Get(Before), context.Get(Limit), context.Cancel);
        return context.Done(entries, console =>
        {
            console.WriteTable(["number", "at", "who", "what", "with", "more"], entries.Select(entry => (string[])
                [$"{entry.Number}", $"{entry.At:u}", entry.Actor, entry.Action, entry.Subject, entry.Detail ?? ""]));
        });
    }
}
