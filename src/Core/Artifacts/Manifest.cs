using System.Reflection;
using System.Text.Json.Nodes;

namespace Tda.Core.Artifacts;

/// <summary>What <c>manifest.json</c> says of its directory: what it is, how it was made, from what, and every file's hash.</summary>
public sealed class Manifest
{
    public const string FileName = "manifest.json";

    /// <summary>Name of the format, such as <c>tda.corpus</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Version of the format, from 1. A reader refuses a version newer than it knows.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset CreatedAt { get; set; }

    public string ProgramVersion { get; init; } = CurrentProgramVersion;

    /// <summary>The verb that made it, such as <c>tda corpus import</c>. Never holds secrets.</summary>
    public string Command { get; set; } = string.Empty;

    /// <summary>The command's options.</summary>
    public JsonObject Options { get; set; } = [];

    /// <summary>Every seed that went in, by purpose.</summary>
    public SortedDictionary<string, long> Seeds { get; set; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of what went in, by name.</summary>
    public SortedDictionary<string, string> Inputs { get; set; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of the directory's files, by path relative to it, with '/' between folders.</summary>
    public SortedDictionary<string, string> Outputs { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What else this format needs to tell.</summary>
    public JsonObject Details { get; set; } = [];

    internal static string CurrentProgramVersion { get; } =
        typeof(Manifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
