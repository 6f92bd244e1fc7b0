using Tda.Store;
using Tda.Store.Reviews;

namespace Tda.Bench.Store;

/// <summary>Where a log lies for the benchmark.</summary>
internal interface IStorePlace : IAsyncDisposable
{
    string Name { get; }

    Task<IExchangeStore> OpenAsync();

    /// <summary>Opens reviewers' decisions beside a log that is open.</summary>
    IReviewStore OpenReviews();

    /// <summary>The database's version, its size in bytes, and what it does by itself after a while.</summary>
    Task<(string Version, long Bytes)> SettleAsync(IExchangeStore store);
}
