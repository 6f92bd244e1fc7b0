using System.Runtime.CompilerServices;

namespace Tda.Core.Detection;

/// <summary>
/// Counts the memory that a search of this thread takes for what it notes. Text made to be costly (nothing but escapes, say) takes some forty
/// times its length, so that its length alone doesn't tell.
/// </summary>
internal static class SearchMemory
{
    [ThreadStatic]
    private static long _taken;

    [ThreadStatic]
    private static long _most;

    /// <summary>What was taken since the beginning, and not given back.</summary>
    public static long Taken => _taken;

    /// <summary>Begins a search that may take so much; 0: as much as it likes.</summary>
    public static void Begin(long most) => (_taken, _most) = (0, most);

    /// <summary>Takes memory, before it is allocated; gives it back where the count is negative.</summary>
    /// <exception cref="SearchMemoryException">It would be too much.</exception>
    public static void Take(long count)
    {
        _taken += count;
        if (_taken > _most && _most != 0)
        {
            throw new SearchMemoryException();
        }
    }

    /// <summary>Adds to a list, and takes the memory that it grows by.</summary>
    public static void AddCounted<T>(this List<T> list, T item)
    {
        if (list.Count == list.Capacity)
        {
            Take((long)Math.Max(4, list.Capacity) * Unsafe.SizeOf<T>());
        }

        list.Add(item);
    }
}

/// <summary>A search for secrets would take more memory than it may: the body has not been looked at.</summary>
internal sealed class SearchMemoryException : Exception
{
    public SearchMemoryException()
        : base("looking for secrets would take too much memory")
    {
    }
}
