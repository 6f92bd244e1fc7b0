using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Tokenization.SentencePiece;

/// <summary>
/// What a SentencePiece BPE does with text before it merges: where a space is put in front, and whether merges stay within words. The
/// members of <c>tokenizer.json</c> that say so are kept, to be written again and for the hash.
/// </summary>
internal sealed record SentencePieceRules
{
    /// <summary>What stands for a space in the vocabulary: U+2581.</summary>
    public const char Space = '\u2581';

    /// <summary>SentencePiece's own: a space in front of every text, merges across words.</summary>
    public static SentencePieceRules Original { get; } = new()
    {
        Prefix = SpacePrefix.Always,
        Parts = new(
            JsonNode.Parse("""
                {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]}
                """),
            null,
            JsonNode.Parse("""
                {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
                {"type":"Strip","content":" ","start":1,"stop":0}]}
                """))
        {
            ByteFallback = true,
            Unknown = "<unk>",
        },
    };

    public required SpacePrefix Prefix { get; init; }

    /// <summary>Whether each space begins a word that merges don't leave.</summary>
    public bool Words { get; init; }

    /// <summary>As the file has them.</summary>
    public required TokenizerParts Parts { get; init; }

    /// <summary>A line for hashes.</summary>
    public string Canonical() => $"pieces {Prefix} {Words} {Parts.WholeWords}\n";

    /// <summary>Reads them; of what is none of these, <paramref name="refuse"/> makes an error.</summary>
    public static SentencePieceRules Read(JsonNode file, IReadOnlyCollection<string> added, Func<string, Exception> refuse)
    {
        if (added.Count > 0)
        {
            throw refuse($"the added token \"{added.First()}\", which is found in text, is not supported beside byte_fallback");
        }

        var prefix = SpacePrefix.Never;
        var replaced = false;
        foreach (var step in Steps(file["normalizer"], "normalizers"))
        {
            switch (TypeOf(step))
            {
                case "Prepend" when Says(step["prepend"], Space):
                    prefix = SpacePrefix.Always;
                    break;
                case "Replace" when Says(step["pattern"]?["String"], ' ') && Says(step["content"], Space):
                    replaced = true;
                    break;
                default:
                    throw refuse($"the normalizer {step.ToJsonString()} is not supported beside byte_fallback");
            }
        }

        var words = false;
        JsonNode[] splits = [.. Steps(file["pre_tokenizer"], "pretokenizers")];
        if (splits is [var split] && TypeOf(split) == "Metaspace" && Says(split["replacement"], Space))
        {
            // After the normaliser's own space there is nothing left to put in front.
            prefix = prefix == SpacePrefix.Always ? prefix : Scheme(split, refuse);
            words = split["split"]?.GetValue<bool>() ?? true;
            replaced = true;
        }
        else if (splits.Length > 0)
        {
            throw refuse($"the pre-tokenizer {file["pre_tokenizer"]!.ToJsonString()} is not supported beside byte_fallback");
        }

        return replaced
            ? new()
            {
                Prefix = prefix,
                Words = words,
                Parts = new(file["normalizer"]?.DeepClone(), file["pre_tokenizer"]?.DeepClone(), file["decoder"]?.DeepClone())
                {
                    ByteFallback = true,
                    WholeWords = file["model"]!["ignore_merges"]?.GetValue<bool>() ?? false,
                    Unknown = file["model"]!["unk_token"]?.GetValue<string>(),
                },
            }
            : throw refuse($"byte_fallback without a step that writes spaces as \"{Space}\" is not supported");
    }

    private static SpacePrefix Scheme(JsonNode step, Func<string, Exception> refuse) => step["prepend_scheme"]?.GetValue<string>() switch
    {
        _ when step["add_prefix_space"]?.GetValue<bool>() == false => SpacePrefix.Never, // how earlier versions say so
        null or "always" => SpacePrefix.UnlessThere,
        "first" => SpacePrefix.UnlessThereAtFirst,
        "never" => SpacePrefix.Never,
        var other => throw refuse($"the Metaspace pre-tokenizer's prepend_scheme \"{other}\" is not supported"),
    };

    private static bool Says(JsonNode? node, char character) => node?.GetValue<string>() is [var only] && only == character;

    private static IEnumerable<JsonNode> Steps(JsonNode? node, string members) =>
        node is null ? [] : TypeOf(node) == "Sequence" ? node[members]!.AsArray().Select(step => step!) : [node];

    private static string? TypeOf(JsonNode node) => node["type"]?.GetValue<string>();
}

/// <summary>Where a space is put in front of a text that isn't empty.</summary>
internal enum SpacePrefix
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>Everywhere.</summary>
    Always,

    /// <summary>Where the text doesn't begin with one.</summary>
    UnlessThere,

    /// <summary>Where it doesn't begin with one, and no special token stands before it.</summary>
    UnlessThereAtFirst,
}
