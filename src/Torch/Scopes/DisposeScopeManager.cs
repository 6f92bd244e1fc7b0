namespace TorchSharp;

/// <summary>The dispose scopes of one thread, innermost first, and the counts by which leaks are found.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? _threadSingleton;

    private DisposeScopeManager()
    {
    }

    /// <summary>Counts of tensors created and disposed of on the calling thread.</summary>
    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal static DisposeScopeManager ThreadSingleton => _threadSingleton ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    internal void Register(torch.Tensor tensor)
    {
        if (CurrentDisposeScope is { } scope)
        {
            StatisticsInstance.TensorStatistics.CreatedInScopeCount++;
            scope.Add(tensor);
        }
        else
        {
            StatisticsInstance.TensorStatistics.CreatedOutsideScopeCount++;
        }
    }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    /// <summary>Takes a scope out of the chain, also when scopes inside it have not ended yet.</summary>
    internal void RemoveDisposeScope(DisposeScope ended)
    {
        if (CurrentDisposeScope == ended)
        {
            CurrentDisposeScope = ended.OuterScope;
            return;
        }
        for (var scope = CurrentDisposeScope; scope is not null; scope = scope.OuterScope)
        {
            if (scope.OuterScope == ended)
            {
                scope.OuterScope = ended.OuterScope;
                return;
            }
        }
    }
}
