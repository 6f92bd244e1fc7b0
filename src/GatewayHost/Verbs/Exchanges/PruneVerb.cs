using Tda.Store.Maintenance;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>`tda exchanges prune`: removes old exchanges.</summary>
internal static class PruneVerb
{
    private static readonly Option<string> OlderThan = new("--older-than")
    { Description = "Age: 90d, 12h, or a date such as 2026-01-31", Required = true, HelpName = "AGE" };
    private static readonly Option<int> Batch = new("--batch")
    { Description = "Exchanges of one transaction", HelpName = "N", DefaultValueFactory = _ => ExchangeRetention.DefaultBatch };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say how many would go" };
    private static readonly Option<string> By = new("--by")
    { Description = "Who asked for it", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };

    public static Command Build() => CommandExtensions.Verb("prune",
        "Removes old exchanges in short transactions, while gateways go on recording.",
        "tda exchanges prune --older-than 90d --dry-run", OlderThan, Batch, DryRun, By).Runs(PruneAsync).Resumes();

    private static async Task<int> PruneAsync(VerbContext context)
    {
        var before = Cutoff(context.Get(OlderThan), TimeProvider.System.GetUtcNow());
        if (context.Get(Batch) is < 1 or > 10_000)
        {
            throw new UsageException($"--batch must be 1 to 10000, not {context.Get(Batch)}");
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
            : throw new UsageException($"--older-than must be an age such as 90d or 12h, or a date such as 2026-01-31, not {text}");
    }
}
