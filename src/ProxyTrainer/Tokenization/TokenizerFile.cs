using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Tokenization.SentencePiece;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>, where its model is a BPE: vocabulary, merges and added tokens, and around them either what a
/// byte-level BPE does (<see cref="EncodingRules"/>) or, with <c>byte_fallback</c>, what SentencePiece does (<see cref="SentencePieceRules"/>).
/// What would change how text is encoded and isn't supported is refused by name, never ignored.
/// </summary>
internal static class TokenizerFile
{
    private static readonly string[] BosNames = ["<|bos|>", "<s>", "<|begin_of_text|>", "<bos>", "[BOS]", "<|startoftext|>", "<|endoftext|>"];
    private static readonly string[] EosNames = ["<|eos|>", "</s>", "<|end_of_text|>", "<eos>", "[EOS]", "<|endoftext|>"];
    private static readonly string[] Flags = ["single_word", "lstrip", "rstrip"];
    private static readonly string[] PadNames = ["<|pad|>", "<pad>", "[PAD]", "<|padding|>"];

    public static void Write(string path, BpeVocabulary vocabulary, TokenizerParts parts)
    {
        var tokens = new JsonObject();
        var added = new JsonArray();
        for (var id = 0; id < vocabulary.Count; id++)
        {
            tokens[vocabulary.Token(id)] = id;
            var special = vocabulary.IsSpecial(id);
            if (special || vocabulary.Rules.Added.Contains(vocabulary.Token(id)))
            {
                added.Add(new JsonObject
                {
                    ["id"] = id,
                    ["content"] = vocabulary.Token(id),
                    ["single_word"] = false,
                    ["lstrip"] = vocabulary.Stripping.Contains(vocabulary.Token(id)),
                    ["rstrip"] = vocabulary.Stripping.Contains(vocabulary.Token(id)),
                    ["normalized"] = false,
                    ["special"] = special,
                });
            }
        }

        // The form "left right" is understood by every version of the readers; a token never holds a space.
        var merges = new JsonArray([.. vocabulary.Merges.Select(m => (JsonNode)$"{vocabulary.Token(m.Left)} {vocabulary.Token(m.Right)}")]);
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added,
            ["normalizer"] = parts.Normalizer?.DeepClone(),
            ["pre_tokenizer"] = parts.PreTokenizer?.DeepClone(),
            ["post_processor"] = null,
            ["decoder"] = parts.Decoder?.DeepClone(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = parts.Unknown,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = parts.ByteFallback,
                ["byte_fallback"] = parts.ByteFallback,
                ["ignore_merges"] = parts.WholeWords,
                ["vocab"] = tokens,
                ["merges"] = merges,
            },
        };
        AtomicFile.WriteJson(path, file);
    }

    public static ModelTokenizer Read(string path)
    {
        try
        {
            return Read(path, JsonFile.Read<JsonNode>(path));
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new BadInputException(path, $"not a tokenizer file: {e.Message}", inner: e);
        }
        catch (IOException e)
        {
            throw new BadInputException(path, e.Message, inner: e);
        }
    }

    private static ModelTokenizer Read(string path, JsonNode file)
    {
        CheckSupported(path, file);
        var model = file["model"]!;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((var token, var id) in Member(path, model, "vocab").AsObject())
        {
            ids[token] = id!.GetValue<int>();
        }

        var special = new HashSet<string>(StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var stripping = new HashSet<string>(StringComparer.Ordinal);
        foreach (var added in file["added_tokens"]?.AsArray() ?? [])
        {
            var content = added!["content"]!.GetValue<string>();
            ids[content] = added["id"]!.GetValue<int>();
            var isSpecial = added["special"]?.GetValue<bool>() != false;
            (isSpecial ? special : found).Add(content);
            if (Array.Find(Flags, flag => added[flag]?.GetValue<bool>() == true) is { } flag)
            {
                // A special token is looked for in what a chat template writes, and nowhere else.
                _ = isSpecial ? stripping.Add(content) : throw Bad(path, $"the added token \"{content}\" with {flag} is not supported");
            }
        }

        var pieces = Flag(model, "byte_fallback") ? SentencePieceRules.Read(file, found, reason => Bad(path, reason)) : null;
        var rules = pieces is null ? EncodingRules.Read(file, found, reason => Bad(path, reason)) : EncodingRules.Gpt2;
        var tokens = new string?[ids.Count];
        var bytes = new byte[]?[ids.Count];
        foreach ((var token, var id) in ids)
        {
            if (id < 0 || id >= tokens.Length || tokens[id] is not null)
            {
                throw Bad(path, $"token id {id} of \"{token}\" is used twice or leaves a gap");
            }

            tokens[id] = token;
            if (!special.Contains(token))
            {
                bytes[id] = found.Contains(token) ? Encoding.UTF8.GetBytes(token)
                    : pieces is not null ? SentencePieceBpe.BytesOf(token)
                    : ByteAlphabet.TryBytesOf(token, out var value) ? value
                    : throw Bad(path, $"token \"{token}\" is not byte-level");
            }
        }

        for (var b = 0; b < 256; b++)
        {
            var token = pieces is null ? ByteAlphabet.CharacterOf((byte)b).ToString() : SentencePieceBpe.ByteToken((byte)b);
            if (!ids.TryGetValue(token, out var id) || bytes[id] is null)
            {
                throw Bad(path, $"byte {b} has no token: some text could not be encoded");
            }
        }

        BpeMerge[] merges = [.. Member(path, model, "merges").AsArray().Select((merge, rank) => ReadMerge(path, merge, rank, ids))];
        var named = TokenizerConfigFile.SpecialTokens(path);
        var eos = Special(named.Eos, EosNames, ids, special) ?? throw Bad(path, "no end-of-text token among the added tokens");
        var bos = Special(named.Bos, BosNames, ids, special) ?? eos;
        var pad = Special(named.Pad, PadNames, ids, special) ?? eos;
        var vocabulary = new BpeVocabulary(tokens!, bytes, merges, bos, eos, pad) { Rules = rules, Stripping = stripping };
        return pieces is null ? new ByteLevelBpe(vocabulary) : new SentencePieceBpe(vocabulary, pieces);
    }

    private static BpeMerge ReadMerge(string path, JsonNode? merge, int rank, Dictionary<string, int> ids)
    {
        var parts = merge is JsonArray pair ? [.. pair.Select(p => p!.GetValue<string>())] : merge!.GetValue<string>().Split(' ');
        return parts.Length == 2
            && ids.TryGetValue(parts[0], out var left)
            && ids.TryGetValue(parts[1], out var right)
            && ids.TryGetValue(parts[0] + parts[1], out var merged)
                ? new BpeMerge(left, right, merged)
                : throw Bad(path, $"merge {rank} (\"{string.Join(' ', parts)}\") names a token that isn't in the vocabulary");
    }

    private static void CheckSupported(string path, JsonNode file)
    {
        var model = Member(path, file, "model");
        var type = model["type"]?.GetValue<string>();
        if (type != "BPE")
        {
            throw Bad(path, $"the model is \"{type}\", not BPE");
        }

        // Where every byte has a token, nothing is unknown, whatever an unknown token would be called.
        string[] options = ["dropout", .. Flag(model, "byte_fallback") ? Array.Empty<string>() : ["unk_token"], "continuing_subword_prefix", "end_of_word_suffix"];
        if (Array.Find(options, option => model[option]?.ToString() is { Length: > 0 }) is { } changed)
        {
            throw Bad(path, $"{changed} {model[changed]} is not supported");
        }
    }

    // What the tokenizer's configuration says, else what is called so elsewhere.
    private static int? Special(string? named, string[] names, Dictionary<string, int> ids, HashSet<string> special) =>
        Array.Find([named ?? "", .. names], special.Contains) is { } name ? ids[name] : null;

    private static bool Flag(JsonNode node, string name) => node[name]?.GetValue<bool>() == true;

    private static JsonNode Member(string path, JsonNode node, string name) => node[name] ?? throw Bad(path, $"\"{name}\" is missing");

    private static BadInputException Bad(string path, string reason) => new(path, reason);
}

/// <summary>What stands around vocabulary and merges in a <c>tokenizer.json</c>.</summary>
internal sealed record TokenizerParts(JsonNode? Normalizer, JsonNode? PreTokenizer, JsonNode? Decoder)
{
    public bool ByteFallback { get; init; }

    public bool WholeWords { get; init; }

    public string? Unknown { get; init; }

    public static TokenizerParts Of(EncodingRules rules) => new(rules.Normalizer, rules.Words ?? ByteLevel(byPattern: true), ByteLevel(byPattern: true)) { WholeWords = rules.WholeWords };

    public static JsonObject ByteLevel(bool byPattern) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = byPattern,
    };
}
