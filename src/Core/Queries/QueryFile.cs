namespace Tda.Core.Queries;

/// <summary>Query files: JSON Lines with <c>id</c>, <c>prompt</c>, <c>completion</c> and optionally <c>label</c> and <c>span</c>.</summary>
public static class QueryFile
{
    /// <exception cref="BadInputException">A line isn't a query, an id comes twice, a span is outside its completion, a completion or the file is empty.</exception>
    public static IReadOnlyList<Query> Read(string path)
    {
        var queries = new List<Query>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in JsonLines.ReadLines<Query>(path))
        {
            if (line.Value.Completion.Length == 0)
            {
                throw new BadInputException(path, $"line {line.Number}: query '{line.Value.Id}' has an empty completion: there is nothing to explain", line.Offset);
            }

            if (line.Value.Span is { } span && !span.Fits(line.Value.Completion.Length))
            {
                throw new BadInputException(path, $"line {line.Number}: query '{line.Value.Id}' has the span [{span.Start}, {span.End}], its completion the characters 0 to {line.Value.Completion.Length}", line.Offset);
            }

            if (!ids.Add(line.Value.Id))
            {
                throw new BadInputException(path, $"line {line.Number}: query id '{line.Value.Id}' comes twice", line.Offset);
            }

            queries.Add(line.Value);
        }

        if (queries.Count == 0)
        {
            throw new BadInputException(path, "holds no queries", remedy: "Write one JSON object a line: id, prompt, completion.");
        }

        return queries;
    }

    /// <summary>Writes all queries, or leaves what was at <paramref name="path"/> untouched.</summary>
    public static void Write(string path, IEnumerable<Query> queries) => JsonLines.Write(path, queries);
}
