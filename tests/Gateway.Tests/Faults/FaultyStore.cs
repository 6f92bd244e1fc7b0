using System.Reflection;
using Tda.Store;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A store whose appends fail as a test says, before or after they took effect; all else goes to the real one.</summary>
public class FaultyStore : DispatchProxy
{
    private IExchangeStore _inner = null!;
    private Func<IReadOnlyList<Exchange>, Exception?> _before = _ => null;
    private Func<IReadOnlyList<Exchange>, Exception?> _after = _ => null;

    /// <param name="inner">The real store.</param>
    /// <param name="before">What a batch fails with, nothing of it stored.</param>
    /// <param name="after">What it fails with once it is stored, as when the process dies before it hears of it.</param>
    public static IExchangeStore Over(
        IExchangeStore inner, Func<IReadOnlyList<Exchange>, Exception?>? before = null, Func<IReadOnlyList<Exchange>, Exception?>? after = null)
    {
        var proxy = Create<IExchangeStore, FaultyStore>();
        var faulty = (FaultyStore)proxy;
        (faulty._inner, faulty._before, faulty._after) = (inner, before ?? faulty._before, after ?? faulty._after);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        args is [IReadOnlyList<Exchange> batch, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken]
            ? AppendAsync(batch, sessions, cancellationToken)
            : targetMethod!.Invoke(_inner, args);

    private async Task AppendAsync(IReadOnlyList<Exchange> batch, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken)
    {
        Throw(_before(batch));
        await _inner.AppendAsync(batch, sessions, cancellationToken);
        Throw(_after(batch));
    }

    private static void Throw(Exception? error)
    {
        if (error is not null)
        {
            throw error;
        }
    }
}
