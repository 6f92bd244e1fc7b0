using System.Text.Json.Nodes;

namespace Tda.Curation.Curated;

/// <summary>What <see cref="CorpusCurator"/> needs.</summary>
public sealed record CurateOptions
{
    /// <summary>Directory of the corpus to curate; it is never changed.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>Directory of the curated corpus.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>What the rules decided.</summary>
    public required CurationPlan Plan { get; init; }

    /// <summary>File of reviewers' overrides; null = none.</summary>
    public string? OverridesPath { get; init; }

    /// <summary>The run that the plan comes from: the hash of its manifest goes into the curated corpus's manifest.</summary>
    public string? RunDirectory { get; init; }

    /// <summary>Whether a corpus that stands at <see cref="OutputDirectory"/> may be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>The command line, for the manifest.</summary>
    public string Command { get; init; } = "";

    /// <summary>The command's options, for the manifest.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>Seeds of random controls, for the manifest.</summary>
    public IReadOnlyDictionary<string, long> Seeds { get; init; } = new Dictionary<string, long>();
}
