using Tda.Gateway.Security;
using Tda.GatewayHost.Terminal;
using Tda.Store;
using Tda.Store.Keys;

namespace Tda.GatewayHost.Verbs;

/// <summary>`tda keys`: the keys that the gateway's clients need where it asks for them.</summary>
internal static class KeysVerb
{
    private static readonly Option<string> Name = new("--name")
    { Description = "Whose key it is, e.g. a team", Required = true, HelpName = "NAME" };
    private static readonly Option<string?> Routes = new("--routes")
    { Description = "Routes that it is good for, with commas between (else all)", HelpName = "PATHS" };
    private static readonly Option<int?> PerMinute = new("--rpm")
    { Description = "Requests that it may make in a minute (else the gateway's limit)", HelpName = "N" };
    private static readonly Option<string?> Expires = new("--expires")
    { Description = "After how long it expires, e.g. 90d or 12h (else never)", HelpName = "TIME" };
    private static readonly Argument<string> Id = new("ID") { Description = "The key's id, as `tda keys list` shows it" };

    public static Command Build() => CommandExtensions.Verb("keys", "Issues and revokes the gateway's own client keys.",
        "tda keys issue --name search-team --routes /v1/chat/completions --rpm 600 --expires 90d",
        CommandExtensions.Verb("issue", "Issues a key and prints it, once: only a hash of it is kept.", "tda keys issue --name search-team", Name, Routes, PerMinute, Expires).Runs(IssueAsync),
        CommandExtensions.Verb("list", "Lists the keys, without the keys themselves.", "tda keys list --json").Runs(ListAsync),
        CommandExtensions.Verb("revoke", "Revokes a key; running gateways notice within 5 seconds.", "tda keys revoke 4Fq0aZ81Lp", Id).Runs(RevokeAsync),
        CommandExtensions.Verb("rotate", "Issues a new key in the place of one, which is revoked.", "tda keys rotate 4Fq0aZ81Lp", Id).Runs(RotateAsync));

    private static async Task<int> IssueAsync(VerbContext context)
    {
        var now = TimeProvider.System.GetUtcNow();
        var routes = CommaList.Of(context.Get(Routes));
        if (routes.FirstOrDefault(route => !route.StartsWith("/v1/", StringComparison.Ordinal)) is { } wrong)
        {
            throw new UsageException($"--routes: '{wrong}' isn't a route; routes start with /v1/, e.g. /v1/chat/completions");
        }

        if (context.Get(PerMinute) is <= 0)
        {
            throw new UsageException("--rpm must be 1 or more");
        }

        if (string.IsNullOrWhiteSpace(context.Get(Name)))
        {
            throw new UsageException("--name must not be empty");
        }

        (var text, var key) = KeyText.Issue(context.Get(Name), now, routes, context.Get(PerMinute), context.Get(Expires) is { } time ? now + Duration(time) : null);
        await using var store = await KeyStore.OpenAsync(context.Home, context.Parsed.GetValue(CommonOptions.Store), cancellationToken: context.Cancel);
        await store.AddAsync(key, context.Cancel);
        await AuditAsync(context, "key_issue", key.Id);
        return Issued(context, text, key);
    }

    private static async Task<int> ListAsync(VerbContext context)
    {
        await using var store = await KeyStore.OpenAsync(context.Home, context.Parsed.GetValue(CommonOptions.Store), cancellationToken: context.Cancel);
        var keys = await store.ListAsync(context.Cancel);
        var now = TimeProvider.System.GetUtcNow();
        return context.Done(keys.Select(key => Shown(key, now)).ToList(), console =>
        {
            console.WriteTable(["id", "name", "state", "created", "expires", "routes", "per minute"], keys.Select(key => (string[])
            [
                key.Id, key.Name, State(key, now), $"{key.CreatedAt:u}", key.ExpiresAt is { } expires ? $"{expires:u}" : "never",
                key.Routes.Count == 0 ? "all" : string.Join(", ", key.Routes), key.RequestsPerMinute?.ToString(CultureInfo.InvariantCulture) ?? "",
            ]));
        });
    }

    private static async Task<int> RevokeAsync(VerbContext context)
    {
        await using var store = await KeyStore.OpenAsync(context.Home, context.Parsed.GetValue(CommonOptions.Store), cancellationToken: context.Cancel);
        var key = await FindAsync(store, context);
        await store.RevokeAsync(key.Id, TimeProvider.System.GetUtcNow(), context.Cancel);
        await AuditAsync(context, "key_revoke", key.Id);
        return context.Done(new { key.Id, Revoked = true }, console => console.WriteLine($"revoked {key.Id} of {key.Name}; running "
            + $"gateways refuse it within 5 seconds"));
    }

    private static async Task<int> RotateAsync(VerbContext context)
    {
        await using var store = await KeyStore.OpenAsync(context.Home, context.Parsed.GetValue(CommonOptions.Store), cancellationToken: context.Cancel);
        var old = await FindAsync(store, context);
        var now = TimeProvider.System.GetUtcNow();
        (var text, var key) = KeyText.Issue(old.Name, now, old.Routes, old.RequestsPerMinute, old.ExpiresAt is { } end ? now + (end - old.CreatedAt) : null);
        await store.AddAsync(key, context.Cancel);
        await store.RevokeAsync(old.Id, now, context.Cancel);
        await AuditAsync(context, "key_rotate", $"{old.Id} to {key.Id}");
        return Issued(context, text, key);
    }

    private static async Task<ClientKey> FindAsync(IKeyStore store, VerbContext context)
    {
        var id = context.Get(Id);
        return await store.FindAsync(id, context.Cancel) is { RevokedAt: null } key
            ? key
            : throw new UsageException($"there is no key {id} that is not revoked; `tda keys list` names them");
    }

    private static async Task AuditAsync(VerbContext context, string action, string subject)
    {
        await using var log = await context.OpenStoreAsync(create: true);
        await log.AuditAsync(
            new AuditEntry { At = TimeProvider.System.GetUtcNow(), Actor = Environment.UserName, Action = action, Subject = subject }, context.Cancel);
    }

    private static int Issued(VerbContext context, string text, ClientKey key) => context.Done(
        new { Key = text, key.Id, key.Name, key.Routes, key.RequestsPerMinute, key.ExpiresAt },
        console =>
        {
            console.WriteLine(text);
            Console.Error.WriteLine($"This is the key of {key.Name} (id {key.Id}). It is shown only now: only its hash is kept.");
        });

    private static object Shown(ClientKey key, DateTimeOffset now) =>
        new { key.Id, key.Name, State = State(key, now), key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.Routes, key.RequestsPerMinute };

    private static string State(ClientKey key, DateTimeOffset now) => key.RevokedAt is not null ? "revoked" : key.IsValidAt(now) ? "valid" : "expired";

    private static TimeSpan Duration(string text)
    {
        var read = int.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 36_500;
        return (read ? text[^1] : ' ') switch
        {
            'd' => TimeSpan.FromDays(count),
            'h' => TimeSpan.FromHours(count),
            _ => throw new UsageException($"--expires: '{text}' isn't a time; give one such as 90d or 12h"),
        };
    }
}
