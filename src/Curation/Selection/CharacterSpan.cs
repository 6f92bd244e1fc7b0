namespace Tda.Curation.Selection;

/// <summary>Characters [<paramref name="Start"/>, <paramref name="End"/>) of a document's text, in UTF-16 units.</summary>
public readonly record struct CharacterSpan(int Start, int End)
{
    /// <summary>Sorts and joins overlapping or touching spans; empty ones (such as that of EOS) vanish.</summary>
    public static int[][] Union(IEnumerable<CharacterSpan> spans)
    {
        var joined = new List<int[]>();
        foreach (var span in spans.Where(s => s.End > s.Start).OrderBy(s => s.Start).ThenBy(s => s.End))
        {
            if (joined.Count > 0 && span.Start <= joined[^1][1])
                joined[^1][1] = Math.Max(joined[^1][1], span.End);
            else
                joined.Add([span.Start, span.End]);
        }

        return [.. joined];
    }
}
