using System.Text.Json.Nodes;

namespace Tda.Core.Corpora;

/// <summary>A finished corpus: the candidate training documents, in a fixed order.</summary>
public sealed class Corpus
{
    private readonly OpenedArtifact _artifact;
    private readonly string[] _shards;

    internal Corpus(OpenedArtifact artifact)
    {
        _artifact = artifact;
        _shards = [.. artifact.Manifest.Outputs.Keys.Where(CorpusFormat.IsShard).Order(StringComparer.Ordinal)];
        Count = artifact.Detail<int>(CorpusFormat.DocumentsDetail);
        Sources = ReadSources();
        var hashes = string.Concat(_shards.Select(shard => artifact.Manifest.Outputs[shard] + "\n"));
        ContentHash = Hashing.Sha256(Encoding.ASCII.GetBytes(hashes));
    }

    /// <summary>The directory's name.</summary>
    public string Name => Path.GetFileName(Directory);

    public string Directory => _artifact.Directory;

    public Manifest Manifest => _artifact.Manifest;

    /// <summary>Number of documents.</summary>
    public int Count { get; }

    /// <summary>Bytes of the shards as they are stored, compressed: text takes some three times as many.</summary>
    public long StoredBytes => _shards.Sum(shard => new FileInfo(_artifact.PathOf(shard)).Length);

    /// <summary>Documents of each source.</summary>
    public IReadOnlyDictionary<string, int> Sources { get; }

    /// <summary>SHA-256 over the shards' hashes: changes with the documents, not when tokens are added.</summary>
    public string ContentHash { get; }

    /// <param name="directory">The corpus's directory.</param>
    /// <param name="verify">Whether to compare every file's hash with the manifest.</param>
    /// <exception cref="BadInputException">Not a corpus, newer, damaged, or a file is missing.</exception>
    public static Corpus Open(string directory, bool verify = true) =>
        new(ArtifactDirectory.Open(directory, CorpusFormat.Name, CorpusFormat.Version, verify));

    /// <summary>The documents in order, read as they are asked for.</summary>
    /// <exception cref="BadInputException">A shard is corrupt, or their number isn't the manifest's.</exception>
    public IEnumerable<Document> Documents()
    {
        var count = 0;
        foreach (var shard in _shards)
        {
            foreach (var document in JsonLines.Read<Document>(_artifact.PathOf(shard)))
            {
                count++;
                yield return document;
            }
        }

        if (count != Count)
        {
            throw new BadInputException(Directory, $"the manifest says {Count} documents, and the shards hold {count}", remedy: "Import the corpus again.");
        }
    }

    /// <summary>What a curation decided, document by document; empty for a corpus that isn't curated.</summary>
    public IEnumerable<LedgerEntry> Ledger() =>
        Manifest.Outputs.ContainsKey(CorpusFormat.LedgerFile) ? JsonLines.Read<LedgerEntry>(_artifact.PathOf(CorpusFormat.LedgerFile)) : [];

    internal OpenedArtifact Artifact => _artifact;

    private Dictionary<string, int> ReadSources()
    {
        var sources = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((var source, var count) in Manifest.Details[CorpusFormat.SourcesDetail] as JsonObject ?? [])
        {
            sources[source] = count is JsonValue value && value.TryGetValue(out int number)
                ? number
                : throw new BadInputException(
                    Path.Combine(Directory, Manifest.FileName), $"details.{CorpusFormat.SourcesDetail}.{source} is not a number");
        }

        return sources;
    }
}

/// <summary>Names inside a corpus directory. Keep in step with docs/formats.</summary>
internal static class CorpusFormat
{
    public const string Name = "tda.corpus";
    public const int Version = 1;
    public const string LedgerFile = "ledger.jsonl";
    public const string DocumentsDetail = "documents";
    public const string SourcesDetail = "sources";
    public const string TokenizationsDetail = "tokenizations";

    private const string ShardPrefix = "documents-";
    private const string ShardSuffix = ".jsonl.gz";
    private const string TokensPrefix = "tokens.";

    public static string Shard(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{ShardPrefix}{number:00000}{ShardSuffix}");

    public static bool IsShard(string file) =>
        file.StartsWith(ShardPrefix, StringComparison.Ordinal) && file.EndsWith(ShardSuffix, StringComparison.Ordinal);

    public static string Tokens(string tokenizerHash) => $"{TokensPrefix}{tokenizerHash}.bin";

    public static string Offsets(string tokenizerHash) => $"offsets.{tokenizerHash}.npy";

    /// <summary>The hash in the name of a tokens file, or null for another file.</summary>
    public static string? TokenizerHashOf(string file) =>
        file.StartsWith(TokensPrefix, StringComparison.Ordinal) && file.EndsWith(".bin", StringComparison.Ordinal)
            ? file[TokensPrefix.Length..^".bin".Length]
            : null;
}

/// <summary>What one stage of a curation decided on one document, and why: one line of <c>ledger.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Action">What was done: <c>drop</c>, <c>mask</c>, <c>weight</c>, or <c>keep</c> where a reviewer stood above the rule.</param>
/// <param name="Rule">The rule that asked for it.</param>
/// <param name="Version">Version of the rule, so that its decision can be made again.</param>
public sealed record LedgerEntry(string Id, string Action, string Rule, string Version)
{
    /// <summary>Number of the plan's stage that decided, from 1; 0 for a reviewer's own decision.</summary>
    public int? Stage { get; init; }

    /// <summary>The stage's kind, such as <c>length</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>What the rule measured, such as the document's score.</summary>
    public double? Value { get; init; }

    /// <summary>What it was compared with.</summary>
    public double? Threshold { get; init; }

    /// <summary>Short name of the reason, such as <c>too_short</c>, where the rule has several.</summary>
    public string? Reason { get; init; }

    /// <summary>Id of the document that stays in this one's place.</summary>
    public string? Twin { get; init; }

    /// <summary>What the rule hit, at most 200 characters.</summary>
    public string? Evidence { get; init; }

    /// <summary>A reviewer's decision against the rule, in their words.</summary>
    public string? Override { get; init; }
}
