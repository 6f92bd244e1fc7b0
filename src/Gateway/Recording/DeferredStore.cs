using System.Runtime.CompilerServices;

namespace Tda.Gateway.Recording;

/// <summary>
/// A store that could not be reached when the gateway started, or that another process held: opened by whoever needs it first once it is there. Until
/// then every call fails as the opening does, and exchanges wait in the spool.
/// </summary>
internal sealed class DeferredStore(string location, Func<CancellationToken, Task<IExchangeStore>> open) : IExchangeStore
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private IExchangeStore? _opened;
    private readonly CancellationTokenSource _closing = new();
    private bool _disposed;

    public string Location => location;

    public async Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).AppendAsync(exchanges, sessions, cancellationToken);

    public async Task SyncAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).SyncAsync(cancellationToken);

    public IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        EachAsync(store => store.ListAsync(filter, cancellationToken), cancellationToken);

    public IAsyncEnumerable<PlacedExchange> ReadPlacedAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        EachAsync(store => store.ReadPlacedAsync(filter, cancellationToken), cancellationToken);

    public IAsyncEnumerable<Exchange> ReadRecordAsync(CancellationToken cancellationToken = default) =>
        EachAsync(store => store.ReadRecordAsync(cancellationToken), cancellationToken);

    public async Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).GetAsync(id, cancellationToken);

    public async Task<IReadOnlyList<string>> IdsAsync(string prefix, int most, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).IdsAsync(prefix, most, cancellationToken);

    public async Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).CountAsync(filter, cancellationToken);

    public async Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).CountUpToAsync(filter, most, cancellationToken);

    public async Task<IReadOnlyList<UsageSum>> UsageAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).UsageAsync(filter, cancellationToken);

    public async Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).SessionsAsync(cancellationToken);

    public async Task<SessionRemains> RemainsAsync(string sessionId, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).RemainsAsync(sessionId, cancellationToken);

    public async Task<Tombstone?> EraseAsync(string id, string reason, string by, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).EraseAsync(id, reason, by, cancellationToken);

    public async Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).PruneAsync(before, most, cancellationToken);

    public async Task TidyAsync(CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).TidyAsync(cancellationToken);

    public async Task<bool> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).AddFeedbackAsync(feedback, cancellationToken);

    public async Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).FeedbackAsync(exchangeId, cancellationToken);

    public async Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).AuditAsync(entry, cancellationToken);

    public async Task<IReadOnlyList<AuditEntry>> AuditsAsync(long? before = null, int limit = 50, CancellationToken cancellationToken = default) =>
        await (await StoreAsync(cancellationToken)).AuditsAsync(before, limit, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Whoever opens it now is told to stop; if it is open all the same, nobody else would close it.
        if (!_disposed)
        {
            await _closing.CancelAsync();
        }

        await _turn.WaitAsync();
        try
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _closing.Dispose();
            if (Interlocked.Exchange(ref _opened, null) is { } opened)
            {
                await opened.DisposeAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async IAsyncEnumerable<T> EachAsync<T>(Func<IExchangeStore, IAsyncEnumerable<T>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var one in read(await StoreAsync(cancellationToken)).WithCancellation(cancellationToken))
        {
            yield return one;
        }
    }

    private async ValueTask<IExchangeStore> StoreAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _opened) is { } opened)
        {
            return opened;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_opened is null)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
                _opened = await open(either.Token);
            }

            return _opened;
        }
        finally
        {
            _turn.Release();
        }
    }
}
