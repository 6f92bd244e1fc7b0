namespace TorchSharp;

/// <summary>
/// Collects the tensors created on its thread while it is the innermost scope, and disposes of them when it ends,
/// except those moved out. A tensor may be disposed or moved from any thread.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private readonly DisposeScopeManager _manager;
    private readonly Lock _gate = new();
    private torch.Tensor?[] _tensors = new torch.Tensor?[16];
    private int _count;
    private bool _ended;

    internal DisposeScope(DisposeScopeManager manager)
    {
        _manager = manager;
        OuterScope = manager.CurrentDisposeScope;
    }

    internal DisposeScope? OuterScope { get; set; }

    public int DisposablesCount => _ended ? throw new ObjectDisposedException(nameof(DisposeScope)) : _count;

    /// <summary>A snapshot of what the scope holds.</summary>
    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_ended, this);
                return [.. _tensors.AsSpan(0, _count)!];
            }
        }
    }

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable => MoveToOther(OuterScope, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    /// <summary>Hands a tensor of this scope to another one, or, when that is null, to nobody.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        var tensor = AsTensor(disposable);
        if (Remove(tensor))
        {
            if (scope is null)
                _manager.StatisticsInstance.TensorStatistics.DetachedFromScopeCount++;
            else
                scope.Add(tensor);
        }
        return disposable;
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            MoveToOther(scope, disposable);
    }

    /// <summary>Takes a tensor out of all scopes: the caller disposes of it.</summary>
    public T Detach<T>(T disposable)
        where T : IDisposable => MoveToOther(null, disposable);

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable => (Detach(first), Detach(second));

    public void Detach(params IDisposable[] disposables) => MoveToOther(null, disposables);

    public void Detach(IEnumerable<IDisposable> disposables) => MoveToOther(null, disposables);

    /// <summary>Makes this scope responsible for a tensor, taking it from the scope it was in.</summary>
    public void Attach(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        var tensor = AsTensor(disposable);
        if (tensor.OwningDisposeScope == this)
            return;
        tensor.OwningDisposeScope?.Remove(tensor);
        Add(tensor);
        _manager.StatisticsInstance.TensorStatistics.AttachedToScopeCount++;
    }

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var list = disposables.ToList();
        list.ForEach(Attach);
        return list;
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    /// <summary>Disposes of everything held so far but <paramref name="inKeep"/>, which stays in the scope.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        torch.Tensor[] doomed;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            doomed = new torch.Tensor[_count];
            Array.Copy(_tensors, doomed, _count);
        }
        foreach (var tensor in doomed)
        {
            if (keep.Count == 0 || !keep.Contains(tensor))
                tensor.Dispose();
        }
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public void Dispose()
    {
        if (_ended)
            return;
        DisposeEverything();
        _manager.RemoveDisposeScope(this);
        _ended = true;
        _tensors = [];
    }

    /// <summary>Tells the scope that a tensor was disposed of elsewhere.</summary>
    public void MarkAsDisposed(IDisposable disposable) => Remove(AsTensor(disposable));

    public bool Contains(IDisposable disposable) => disposable is torch.Tensor tensor && tensor.OwningDisposeScope == this;

    internal void Add(torch.Tensor tensor)
    {
        lock (_gate)
        {
            if (_count == _tensors.Length)
                Array.Resize(ref _tensors, Math.Max(16, _count * 2));
            tensor.PlaceInScope = _count;
            tensor.OwningDisposeScope = this;
            _tensors[_count++] = tensor;
        }
    }

    /// <summary>Takes a tensor out in constant time: the last one takes its place.</summary>
    internal bool Remove(torch.Tensor tensor)
    {
        lock (_gate)
        {
            if (tensor.OwningDisposeScope != this)
                return false;
            var last = _tensors[--_count]!;
            _tensors[_count] = null;
            if (!ReferenceEquals(last, tensor))
            {
                _tensors[tensor.PlaceInScope] = last;
                last.PlaceInScope = tensor.PlaceInScope;
            }
            tensor.OwningDisposeScope = null;
            return true;
        }
    }

    private static torch.Tensor AsTensor(IDisposable disposable) => disposable as torch.Tensor
        ?? throw new InvalidOperationException($"A dispose scope holds tensors, not {disposable.GetType().Name}.");
}
