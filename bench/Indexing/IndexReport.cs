using Tda.Bench.Running;

namespace Tda.Bench.Indexing;

/// <summary>What `index` found, written to <c>index.json</c>.</summary>
public sealed record IndexReport
{
    public required Machine Machine { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required int Documents { get; init; }

    public required string Storage { get; init; }

    /// <summary>Numbers of a projected gradient.</summary>
    public required int Length { get; init; }

    /// <summary>SIGKILLs that the second index lived through.</summary>
    public required int Kills { get; init; }

    /// <summary>Rows compared by checksum with the index that was never killed.</summary>
    public required long RowsCompared { get; init; }

    /// <summary>Rows that were missing, twice there, or of another checksum; must be 0.</summary>
    public required long RowsLost { get; init; }

    /// <summary>Largest difference between the two indexes' scores, as a share of the largest score.</summary>
    public required double ScoreDifference { get; init; }

    public required long IndexBytes { get; init; }

    /// <summary>What <c>tda plan</c> said of it.</summary>
    public required long PlannedBytes { get; init; }

    /// <summary>Seconds of each step; those of killed steps are of the last run alone.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>What <c>tda plan</c> said of the first.</summary>
    public required double? PlannedSeconds { get; init; }

    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "index.json"), JsonSerializer.Serialize(this, JsonDefaults.Indented) + "\n");
    }
}
