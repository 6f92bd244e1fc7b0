using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tda.Browser.Tests.Support;

/// <summary>A corpus of real prose that every Debian has, the paragraphs of its licences, with one hostile document among them.</summary>
internal static partial class DeskCorpus
{
    public const string Name = "licences";

    private const string Folder = "/usr/share/common-licenses";
    private const int Shortest = 200;

    private static readonly string[] Licences = ["GPL-2", "GPL-3", "LGPL-2.1", "GFDL-1.3", "Apache-2.0", "MPL-2.0", "Artistic"];

    /// <summary>Each licence's paragraphs as documents, the whole of one as a long document, and the hostile one.</summary>
    public static IReadOnlyList<Document> Documents { get; } =
    [
        .. Licences.Where(licence => File.Exists(Path.Combine(Folder, licence))).SelectMany(Paragraphs).DistinctBy(document => document.Id),
        Document("LGPL-2.1", File.ReadAllText(Path.Combine(Folder, "LGPL-2.1")), "whole"),
        Document(SampleExchange.Hostile, SampleExchange.Hostile + " You may copy and distribute the program.", SampleExchange.Hostile),
    ];

    /// <summary>The document that tries to do something.</summary>
    public static Document Hostile => Documents[^1];

    /// <summary>The longest document.</summary>
    public static Document Whole => Documents[^2];

    /// <summary>Writes the corpus into a home.</summary>
    /// <returns>Its content hash.</returns>
    public static string Write(TdaHome home, TimeProvider time)
    {
        using var writer = CorpusWriter.Create(home.CorpusDirectory(Name), time);
        foreach (var document in Documents)
        {
            writer.Add(document);
        }

        return writer.Commit().ContentHash;
    }

    /// <summary>Its words with where they stand: the tokens that the run's scores are of.</summary>
    public static TokenSpan[] Words(string text) => [.. Word().Matches(text).Select(match => new TokenSpan(0, match.Index, match.Index + match.Length))];

    private static IEnumerable<Document> Paragraphs(string licence) => BlankLine().Split(File.ReadAllText(Path.Combine(Folder, licence)))
        .Select(text => Space().Replace(text, " ").Trim()).Where(text => text.Length >= Shortest)
        .Select((text, i) => Document(licence, text, $"paragraph {i + 1}"));

    private static Document Document(string source, string text, string part) =>
        new(DocumentId.Of(text), source, text) { License = "verbatim copies", Owner = "its author", Meta = new JsonObject { ["file"] = $"{source}, {part}" } };

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex BlankLine();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"\s*\S+")]
    private static partial Regex Word();
}
