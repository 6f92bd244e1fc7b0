using Tda.Store;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>Finds an exchange by its id or by the beginning of it.</summary>
internal static class ExchangeLookup
{
    private const int Named = 5;

    /// <exception cref="UsageException">No exchange begins so, or several do; names them.</exception>
    public static async Task<Exchange> FindAsync(IExchangeStore store, string id, CancellationToken cancel)
    {
        if (await store.GetAsync(id, cancel) is { } exact)
        {
            return exact;
        }

        var found = id.Length == 0 ? [] : await store.IdsAsync(id, Named + 1, cancel);
        if (found.Count == 1 && await store.GetAsync(found[0], cancel) is { } only)
        {
            return only;
        }

        if (found.Count == 0)
        {
            throw new UsageException($"there is no exchange {id} in {store.Location}; `tda exchanges list` names them");
        }

        var more = found.Count > Named ? ", …" : "";
        throw new UsageException($"several exchanges begin with {id}: {string.Join(", ", found.Take(Named))}{more}. Give more of the id.");
    }
}
