namespace Tda.Curation.Reports;

/// <summary>What <see cref="ReportBuilder"/> reads, and how much of it the page shows.</summary>
public sealed record ReportOptions
{
    /// <summary>The run's directory.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The corpus that the run scored, for texts; null = no excerpts and no heat maps.</summary>
    public string? CorpusDirectory { get; init; }

    /// <summary>Title; null = the scorecard's, or one made from the run's id.</summary>
    public string? Title { get; init; }

    /// <summary>Documents in the ranked table; 1 or more, default 20.</summary>
    public int TopDocuments { get; init; } = 20;

    /// <summary>Of these, documents with a heat map; 0 or more, default 10.</summary>
    public int HeatMaps { get; init; } = 10;

    /// <summary>Characters of a document in its heat map, around its strongest token; 100 or more, default 3000.</summary>
    public int HeatCharacters { get; init; } = 3000;

    /// <summary>Example answers; 0 or more, default 6.</summary>
    public int Answers { get; init; } = 6;

    /// <summary>The source known to be harmful, to be marked; null = none is known.</summary>
    public string? HarmfulSource { get; init; }

    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (TopDocuments < 1)
        {
            errors.Add($"top documents is {TopDocuments}; it must be 1 or more");
        }

        if (HeatMaps < 0)
        {
            errors.Add($"heat maps is {HeatMaps}; it must be 0 or more");
        }

        if (HeatCharacters < 100)
        {
            errors.Add($"heat characters is {HeatCharacters}; it must be 100 or more");
        }

        if (Answers < 0)
        {
            errors.Add($"answers is {Answers}; it must be 0 or more");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The report's options are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
