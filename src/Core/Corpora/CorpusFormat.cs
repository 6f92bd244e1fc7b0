using System.Globalization;

namespace Tda.Core.Corpora;

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
