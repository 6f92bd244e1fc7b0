namespace Tda.Core.Exchanges;

/// <summary>
/// Which part of the log something was made from: the conditions, and the first and the last exchange that met them then. What came later is
/// new to it.
/// </summary>
/// <param name="Filter">The conditions, as <c>--exchanges</c> takes them.</param>
/// <param name="Exclude">Tags that left an exchange out, as <c>--exclude</c> takes them.</param>
/// <param name="First">When the first exchange began.</param>
/// <param name="Last">When the last one began.</param>
/// <param name="Exchanges">How many there were.</param>
/// <param name="IdsHash">SHA-256 of their ids, in the order of ids, a line each: whether it is still the same exchanges.</param>
public sealed record LogWindow(
    string Filter, IReadOnlyList<string> Exclude, DateTimeOffset First, DateTimeOffset Last, int Exchanges, string IdsHash)
{
    /// <summary>The window of some exchanges; null where there is none.</summary>
    public static LogWindow? Of(string filter, IReadOnlyList<string> exclude, IReadOnlyCollection<(string Id, DateTimeOffset At)> exchanges) =>
        exchanges.Count == 0 ? null : new LogWindow(
            filter, exclude, exchanges.Min(one => one.At), exchanges.Max(one => one.At), exchanges.Count, HashOf(exchanges.Select(one => one.Id)));

    /// <summary>The hash of exchanges' ids.</summary>
    public static string HashOf(IEnumerable<string> ids) =>
        Hashing.Sha256(Encoding.UTF8.GetBytes(string.Concat(ids.Order(StringComparer.Ordinal).Select(id => id + "\n"))));
}
