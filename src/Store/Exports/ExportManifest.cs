using System.Text.Json.Nodes;
using Tda.Store.Verification;

namespace Tda.Store.Exports;

/// <summary>What <c>FILE.manifest.json</c> says of an export.</summary>
public sealed record ExportManifest
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "tda.exchanges";

    /// <summary>The version that this program writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The format's name, <see cref="FormatName"/>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>The format's version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The version of the program that wrote it.</summary>
    public required string ProgramVersion { get; init; }

    /// <summary>When it was finished.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The log it comes from, without credentials.</summary>
    public required string Store { get; init; }

    /// <summary>The conditions; those not given are absent.</summary>
    public required JsonObject Filter { get; init; }

    /// <summary>The file's name, beside this one.</summary>
    public required string File { get; init; }

    /// <summary>Lines, one exchange each, oldest first.</summary>
    public required long Exchanges { get; init; }

    /// <summary>The file's length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The file's SHA-256, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The first exchange's id; null in an empty export.</summary>
    public string? FirstId { get; init; }

    /// <summary>The last exchange's id.</summary>
    public string? LastId { get; init; }

    /// <summary>What was masked before the exchanges were stored, and how many times in the bodies of these.</summary>
    public required string Redaction { get; init; }

    /// <summary>Secrets masked in the bodies.</summary>
    public required long Redactions { get; init; }

    /// <summary>The gateway runs' chains at the time, for `tda exchanges verify --against`.</summary>
    public required IReadOnlyList<ChainHead> Heads { get; init; }

    /// <summary>Exchanges that were erased from the file afterwards; null when none.</summary>
    public IReadOnlyList<string>? Erased { get; init; }
}

/// <summary>Reads and writes <c>FILE.manifest.json</c>.</summary>
internal static class ExportManifests
{
    public const string Suffix = ".manifest.json";

    public static string PathOf(string export) => export + Suffix;

    public static void Write(string export, ExportManifest manifest) =>
        AtomicFile.WriteJson(PathOf(export), manifest);

    /// <summary>An export's manifest, or null when there is none that can be read.</summary>
    public static ExportManifest? Find(string export)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<ExportManifest>(File.ReadAllBytes(PathOf(export)), JsonDefaults.Options);
            return manifest?.Format == ExportManifest.FormatName ? manifest : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
