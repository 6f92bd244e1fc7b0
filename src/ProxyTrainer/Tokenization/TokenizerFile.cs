using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>, the part that describes a byte-level BPE: model BPE with vocabulary and merges, added tokens,
/// normal form C, ByteLevel pre-tokeniser and decoder, with patterns and digits before it (<see cref="EncodingRules"/>). What would change
/// how text is encoded and isn't supported (another pre-tokeniser or normaliser, a prefix space) is refused by name, never ignored.
/// </summary>
internal static class TokenizerFile
{
    private static readonly string[] BosNames = ["<|bos|>", "<s>", "<|begin_of_text|>", "<bos>", "[BOS]", "<|startoftext|>", "<|endoftext|>"];
    private static readonly string[] EosNames = ["<|eos|>", "</s>", "<|end_of_text|>", "<eos>", "[EOS]", "<|endoftext|>"];
    private static readonly string[] PadNames = ["<|pad|>", "<pad>", "[PAD]", "<|padding|>"];

    public static void Write(string path, BpeVocabulary vocabulary)
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
                    ["lstrip"] = false,
                    ["rstrip"] = false,
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
            ["normalizer"] = vocabulary.Rules.Normalizer?.DeepClone(),
            ["pre_tokenizer"] = vocabulary.Rules.Words?.DeepClone() ?? ByteLevel(),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = vocabulary.Rules.WholeWords,
                ["vocab"] = tokens,
                ["merges"] = merges,
            },
        };
        AtomicFile.WriteJson(path, file);
    }

    public static BpeVocabulary Read(string path)
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

    private static BpeVocabulary Read(string path, JsonNode file)
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
        foreach (var added in file["added_tokens"]?.AsArray() ?? [])
        {
            var content = added!["content"]!.GetValue<string>();
            ids[content] = added["id"]!.GetValue<int>();
            (added["special"]?.GetValue<bool>() == false ? found : special).Add(content);
            if (found.Contains(content) && new[] { "single_word", "lstrip", "rstrip" }.FirstOrDefault(flag => added[flag]?.GetValue<bool>() == true) is { } flag)
            {
                throw Bad(path, $"the added token \"{content}\" with {flag} is not supported");
            }
        }

        var rules = EncodingRules.Read(file, found, reason => Bad(path, reason));

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
                    : ByteAlphabet.TryBytesOf(token, out var value) ? value
                    : throw Bad(path, $"token \"{token}\" is not byte-level");
            }
        }

        for (var b = 0; b < 256; b++)
        {
            if (!ids.ContainsKey(ByteAlphabet.CharacterOf((byte)b).ToString()))
            {
                throw Bad(path, $"byte {b} has no token: some text could not be encoded");
            }
        }

        BpeMerge[] merges = [.. Member(path, model, "merges").AsArray().Select((merge, rank) => ReadMerge(path, merge, rank, ids))];
        var eos = Special(EosNames, ids, special) ?? throw Bad(path, "no end-of-text token among the added tokens");
        var bos = Special(BosNames, ids, special) ?? eos;
        var pad = Special(PadNames, ids, special) ?? eos;
        return new BpeVocabulary(tokens!, bytes, merges, bos, eos, pad, rules);
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

        if (new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" }.FirstOrDefault(option => model[option]?.ToString() is { Length: > 0 }) is { } changed)
        {
            throw Bad(path, $"{changed} {model[changed]} is not supported");
        }

        if (model["byte_fallback"]?.GetValue<bool>() == true)
        {
            throw Bad(path, "byte_fallback (SentencePiece) is not supported");
        }
    }

    private static int? Special(string[] names, Dictionary<string, int> ids, HashSet<string> special) =>
        Array.Find(names, special.Contains) is { } name ? ids[name] : null;

    private static JsonNode Member(string path, JsonNode node, string name) => node[name] ?? throw Bad(path, $"\"{name}\" is missing");

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static BadInputException Bad(string path, string reason) => new(path, reason);
}

/// <summary>tokenizer_config.json: what <c>AutoTokenizer</c> reads beside tokenizer.json.</summary>
public static class TokenizerConfigFile
{
    public const string Name = "tokenizer_config.json";

    public static void Write(string path, ByteLevelBpe tokenizer, int modelMaxLength)
    {
        AtomicFile.WriteJson(path, new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = tokenizer.Token(tokenizer.BosId),
            ["eos_token"] = tokenizer.Token(tokenizer.EosId),
            ["pad_token"] = tokenizer.Token(tokenizer.PadId),
            ["model_max_length"] = modelMaxLength,
            ["clean_up_tokenization_spaces"] = false,
        });
    }
}
