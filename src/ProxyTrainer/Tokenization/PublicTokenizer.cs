using System.IO.Compression;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Tokenizers of closed models that their makers published as tables of ranks: <c>r50k_base</c>, <c>cl100k_base</c>, <c>o200k_base</c>, from the
/// data packages of Microsoft.ML.Tokenizers. They become a byte-level BPE that can be saved as <c>tokenizer.json</c>, ids and all.
/// </summary>
/// <remarks>
/// The tables merge any two tokens whose joint bytes are one, lowest rank first. A BPE by merges needs for each token the two that make it.
/// They are those that its own bytes come to by the table: as long as no merge crosses a token's ends, what happens
/// within them depends on its bytes alone, so a token is only ever made in one way. One that its own bytes don't come to is found as a
/// whole word or not at all.
/// </remarks>
public static class PublicTokenizer
{
    private const string End = "<|endoftext|>";

    private const string Cl100kPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string O200kPattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // The end's id is public too; between it and the last rank there may be ids that nothing has.
    private static readonly (string Name, string Package, int EndId, string? Pattern)[] All =
    [
        ("r50k_base", "Microsoft.ML.Tokenizers.Data.R50kBase", 50_256, null),
        ("cl100k_base", "Microsoft.ML.Tokenizers.Data.Cl100kBase", 100_257, Cl100kPattern),
        ("o200k_base", "Microsoft.ML.Tokenizers.Data.O200kBase", 199_999, O200kPattern),
    ];

    /// <summary>The names that <see cref="Open"/> knows.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(one => one.Name)];

    /// <summary>A public tokenizer by its name, or the one in a file.</summary>
    /// <param name="nameOrPath">One of <see cref="Names"/>, or the path of a <c>tokenizer.json</c> or <c>tokenizer.model</c>.</param>
    /// <exception cref="UsageException">Neither a name nor a file.</exception>
    /// <exception cref="BadInputException">The file can't be read exactly.</exception>
    public static ModelTokenizer Open(string nameOrPath)
    {
        if (Array.Find(All, one => one.Name == nameOrPath) is { Name: not null } known)
        {
            return Build(Ranks(known.Package, known.Name), known.EndId, known.Pattern);
        }

        return File.Exists(nameOrPath)
            ? ModelTokenizer.Load(nameOrPath)
            : throw new UsageException($"There is no tokenizer \"{nameOrPath}\": name {string.Join(", ", Names)}, or the path of a tokenizer.json");
    }

    private static ByteLevelBpe Build(List<string> tokens, int endId, string? pattern)
    {
        var ranks = tokens.Select((token, rank) => (token, rank)).ToDictionary(pair => pair.token, pair => pair.rank, StringComparer.Ordinal);
        var lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<BpeMerge>(tokens.Count);
        for (var rank = 0; rank < tokens.Count; rank++)
        {
            if (tokens[rank].Length > 1 && Halves(tokens[rank], lookup) is { } at)
            {
                merges.Add(new BpeMerge(lookup[tokens[rank].AsSpan(0, at)], lookup[tokens[rank].AsSpan(at)], rank));
            }
        }

        string[] special = [.. Enumerable.Range(tokens.Count, endId - tokens.Count).Select(id => $"<|reserved_{id}|>"), End];
        return new ByteLevelBpe(new BpeVocabulary(
            [.. tokens, .. special],
            [.. tokens.Select(token => ByteAlphabet.TryBytesOf(token, out var bytes) ? bytes : null), .. special.Select(_ => (byte[]?)null)],
            merges, endId, endId, endId)
        {
            Rules = EncodingRules.Read(Rules(pattern), [], reason => new InvalidOperationException(reason)),
        });
    }

    /// <summary>Where the second of the two tokens begins that a token's own bytes come to; null where they don't come to two.</summary>
    private static int? Halves(string token, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ranks)
    {
        List<int> bounds = [.. Enumerable.Range(0, token.Length + 1)];
        while (bounds.Count > 3)
        {
            var (best, lowest) = (0, int.MaxValue);
            for (var i = 0; i + 2 < bounds.Count; i++)
            {
                if (ranks.TryGetValue(token.AsSpan(bounds[i], bounds[i + 2] - bounds[i]), out var rank) && rank < lowest)
                {
                    (best, lowest) = (i, rank);
                }
            }

            if (lowest == int.MaxValue)
            {
                return null;
            }

            bounds.RemoveAt(best + 1);
        }

        return bounds[1];
    }

    private static JsonObject Rules(string? pattern) => new()
    {
        ["model"] = new JsonObject { ["ignore_merges"] = true },
        ["pre_tokenizer"] = pattern is null ? TokenizerParts.ByteLevel(byPattern: true) : new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                TokenizerParts.ByteLevel(byPattern: false)),
        },
    };

    /// <summary>A package's tokens by rank, their bytes as vocabulary files write them: after the first line each is one in base64.</summary>
    private static List<string> Ranks(string package, string name)
    {
        using var resource = Assembly.Load(package).GetManifestResourceStream($"{name}.tiktoken.deflate")
            ?? throw new InvalidOperationException($"{package} holds no {name}");
        using var lines = new StreamReader(new DeflateStream(resource, CompressionMode.Decompress));
        _ = lines.ReadLine(); // how many there are
        List<string> tokens = [];
        while (lines.ReadLine() is { Length: > 0 } token)
        {
            tokens.Add(string.Concat(Convert.FromBase64String(token).Select(ByteAlphabet.CharacterOf)));
        }

        return tokens;
    }
}
