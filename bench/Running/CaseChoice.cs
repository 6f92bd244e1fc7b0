namespace Tda.Bench.Running;

/// <summary>What <c>--only</c> picks.</summary>
internal static class CaseChoice
{
    /// <summary>Whether a case is meant: by a part of its name, with = before it by the whole; an empty choice means all.</summary>
    public static bool Means(string only, string name) => only.StartsWith('=')
        ? name.Equals(only[1..], StringComparison.OrdinalIgnoreCase)
        : name.Contains(only, StringComparison.OrdinalIgnoreCase);
}
