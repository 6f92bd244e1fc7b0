using System.Reflection;
using Tda.Gateway.Recording;
using Tda.Store;

namespace Tda.Gateway.Tests.Recording;

public sealed class DeferredStoreTests
{
    // The store that was being opened was never closed, and the opening ended on a disposed semaphore.
    [Fact]
    public async Task DisposeAsync_WhileItIsOpened_ClosesWhatWasOpened()
    {
        var opened = new TaskCompletionSource<IExchangeStore>();
        var (inner, proxy) = ClosingStore.Make();
        var store = new DeferredStore("somewhere", _ => opened.Task);
        var syncing = store.SyncAsync();

        var closing = store.DisposeAsync();
        opened.SetResult(inner);
        await syncing;
        await closing;

        Assert.Equal(1, proxy.Closed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.SyncAsync());
        await store.DisposeAsync();
        Assert.Equal(1, proxy.Closed);
    }

    [Fact]
    public async Task DisposeAsync_OpeningHangs_IsToldToStop()
    {
        var store = new DeferredStore("somewhere", async stop =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            throw new InvalidOperationException("it waits until it is stopped");
        });
        var waiting = store.SyncAsync();

        await store.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>A store that does nothing but count how often it was closed.</summary>
    public class ClosingStore : DispatchProxy
    {
        public int Closed { get; private set; }

        public static (IExchangeStore Store, ClosingStore Proxy) Make()
        {
            var store = Create<IExchangeStore, ClosingStore>();
            return (store, (ClosingStore)(object)store);
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IAsyncDisposable.DisposeAsync))
            {
                Closed++;
                return ValueTask.CompletedTask;
            }

            return Task.CompletedTask;
        }
    }
}
