namespace Tda.Store.Reviews;

/// <summary>Opens reviewers' decisions and accounts, which stand beside the log of exchanges.</summary>
public static class ReviewStore
{
    /// <summary>Opens the decisions that stand in a log which is open already, so that its schema is this program's.</summary>
    /// <param name="home">The home.</param>
    /// <param name="location">The log, as for <see cref="ExchangeStoreOptions.Location"/>.</param>
    public static IReviewStore Beside(TdaHome home, string? location = null) =>
        new SqlReviewStore(ExchangeStore.Dialect(home, new() { Location = location }));

    /// <summary>Opens the accounts that stand in a log which is open already, so that its schema is this program's.</summary>
    /// <param name="home">The home.</param>
    /// <param name="location">The log, as for <see cref="ExchangeStoreOptions.Location"/>.</param>
    public static IReviewerStore AccountsBeside(TdaHome home, string? location = null) =>
        new SqlReviewerStore(ExchangeStore.Dialect(home, new() { Location = location }));

    /// <summary>Opens the decisions of a home; creates or upgrades its log first.</summary>
    /// <exception cref="TdaException">The log can't be opened; the message says why.</exception>
    public static async Task<IReviewStore> OpenAsync(
        TdaHome home, string? location = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        await using (await ExchangeStore.OpenAsync(home, new() { Location = location }, time, cancellationToken))
        {
            return Beside(home, location);
        }
    }

    /// <summary>Opens the accounts of a home; creates or upgrades its log first.</summary>
    /// <exception cref="TdaException">The log can't be opened; the message says why.</exception>
    public static async Task<IReviewerStore> OpenAccountsAsync(
        TdaHome home, string? location = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        await using (await ExchangeStore.OpenAsync(home, new() { Location = location }, time, cancellationToken))
        {
            return AccountsBeside(home, location);
        }
    }
}
