namespace Tda.Scoring.Curvature;

/// <summary>
/// Parts that are disposed of together. In a <c>using</c> it disposes of them when what they are for can't be built;
/// <see cref="Release"/> hands them to what was.
/// </summary>
internal sealed class Owned : IDisposable
{
    private List<IDisposable> _parts = [];

    public T Add<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }

    /// <summary>Takes a tensor out of the dispose scope that it is in.</summary>
    public Tensor Keep(Tensor tensor) => Add(tensor.DetachFromDisposeScope());

    /// <summary>All parts under a new owner; none are left here.</summary>
    public Owned Release()
    {
        var all = new Owned { _parts = _parts };
        _parts = [];
        return all;
    }

    public void Dispose() => _parts.DisposeAll();
}

/// <summary>Several things disposed of at once.</summary>
internal static class DisposableSequence
{
    public static void DisposeAll(this IEnumerable<IDisposable?> all)
    {
        foreach (var one in all)
        {
            one?.Dispose();
        }
    }
}
