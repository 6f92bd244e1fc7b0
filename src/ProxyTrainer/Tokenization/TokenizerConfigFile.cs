using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>tokenizer_config.json: what <c>AutoTokenizer</c> reads beside tokenizer.json.</summary>
public static class TokenizerConfigFile
{
    public const string Name = "tokenizer_config.json";

    public static void Write(string path, ModelTokenizer tokenizer, int modelMaxLength)
    {
        var config = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = tokenizer.Token(tokenizer.BosId),
            ["eos_token"] = tokenizer.Token(tokenizer.EosId),
            ["pad_token"] = tokenizer.Token(tokenizer.PadId),
            ["model_max_length"] = modelMaxLength,
            ["clean_up_tokenization_spaces"] = false,
        };
        if (tokenizer.Template is { } template)
        {
            config["chat_template"] = template.Source;
        }

        AtomicFile.WriteJson(path, config);
    }

    /// <summary>The special tokens that the configuration beside a tokenizer's file names; null where it names none, or isn't there.</summary>
    internal static (string? Bos, string? Eos, string? Pad) SpecialTokens(string tokenizerPath)
    {
        var config = Read(tokenizerPath);
        return (Token(config, "bos_token"), Token(config, "eos_token"), Token(config, "pad_token"));
    }

    /// <summary>The configuration beside a tokenizer's file; null without one.</summary>
    /// <exception cref="BadInputException">It isn't a JSON object.</exception>
    internal static JsonObject? Read(string tokenizerPath)
    {
        var path = PathBeside(tokenizerPath);
        return File.Exists(path) ? JsonFile.Read<JsonNode>(path) as JsonObject ?? throw new BadInputException(path, "a JSON object was expected") : null;
    }

    internal static string PathBeside(string tokenizerPath) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(tokenizerPath))!, Name);

    // A name, or an object with the name and how the token is found.
    private static string? Token(JsonObject? config, string member) => config?[member] switch
    {
        JsonValue value when value.TryGetValue<string>(out var name) => name,
        JsonObject token when token["content"] is JsonValue value && value.TryGetValue<string>(out var name) => name,
        _ => null,
    };
}
