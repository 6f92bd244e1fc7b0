namespace Tda.Scoring.Methods.Measured;

/// <summary>What <c>datamodel</c> is fitted on, and how.</summary>
public sealed record DatamodelOptions
{
    /// <summary>Names of the banks whose retrainings are read, all of one corpus; needed over an index, where the context has none.</summary>
    public IReadOnlyList<string> Banks { get; init; } = [];

    /// <summary>Methods whose scores are the prior's means; empty: none. Default <c>ekfac</c>.</summary>
    public IReadOnlyList<string> Priors { get; init; } = ["ekfac"];

    /// <summary>Which fit. Default the posterior.</summary>
    public DatamodelFit Fit { get; init; }

    /// <summary>
    /// Groups of documents that share a part of their effects: <c>source</c>, <c>length</c> (buckets, each twice as long as the one before), or
    /// a JSON Lines file with <c>id</c> and <c>group</c>, such as clusters of near-duplicates. Null (default): none.
    /// </summary>
    public string? Groups { get; init; }

    /// <summary>Probability of the intervals, above 0 and below 1. Default .95, as all of a run's intervals.</summary>
    public double Level { get; init; } = .95;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Require(Level is > 0 and < 1, "the intervals' level", Level, "above 0 and below 1")
        .Require(!Priors.Contains(DatamodelInfluence.MethodName), $"the prior of {DatamodelInfluence.MethodName} can't be itself; name another method")
        .Require(Priors.Distinct(StringComparer.Ordinal).Count() == Priors.Count, $"a prior is named twice").Errors;
}

/// <summary>How measured losses become scores.</summary>
public enum DatamodelFit
{
    /// <summary>Gaussian, with other methods' scores as the prior's means, and intervals.</summary>
    Posterior,

    /// <summary>Least squares with a penalty on squares; no prior.</summary>
    Ridge,

    /// <summary>Least squares with a penalty on sizes, as published; few documents have an effect; no prior.</summary>
    Lasso,
}

/// <summary>Groups of documents by name.</summary>
internal static class DocumentGroups
{
    /// <summary>How documents get their groups; null: they have none.</summary>
    /// <param name="spec"><see cref="DatamodelOptions.Groups"/>.</param>
    /// <param name="sources">The documents' sources in order; null where they aren't known.</param>
    /// <exception cref="UsageException">Groups by source, and the sources aren't known.</exception>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static Func<IRowSource, string[]>? Of(string? spec, IReadOnlyList<string>? sources) => spec switch
    {
        null => null,
        "source" => sources is null
            ? throw new UsageException("The documents have no sources to be grouped by.")
            : _ => [.. sources],
        "length" => ByLength,
        _ => ByFile(spec),
    };

    private static string[] ByLength(IRowSource documents)
    {
        var lengths = new long[documents.DocumentCount];
        for (var row = 0; row < documents.RowCount; row++)
        {
            lengths[documents.DocumentOf(row)] += documents.PositionsOf(row);
        }

        return [.. lengths.Select(length => $"{(length == 0 ? 0 : Math.ILogB(length)):D2}")];
    }

    // A document that the file doesn't name is a group of its own.
    private static Func<IRowSource, string[]> ByFile(string path)
    {
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in JsonLines.Read<GroupLine>(path))
        {
            groups[line.Id] = line.Group;
        }

        return documents => [.. Enumerable.Range(0, documents.DocumentCount).Select(documents.IdOf).Select(id => groups.TryGetValue(id, out var group) ? "group " + group : "document " + id)];
    }

    private sealed record GroupLine(string Id, string Group);
}
