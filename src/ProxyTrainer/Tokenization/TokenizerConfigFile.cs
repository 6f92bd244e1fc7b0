using System.Text.Json.Nodes;
using Tda.Core.Artifacts;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>tokenizer_config.json: what <c>AutoTokenizer</c> reads beside tokenizer.json.</summary>
public static class TokenizerConfigFile
{
    public const string Name = "tokenizer_config.json";

    public static void Write(string path, ByteLevelBpe tokenizer, int modelMaxLength)
    {
        var file = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = tokenizer.Token(tokenizer.BosId),
            ["eos_token"] = tokenizer.Token(tokenizer.EosId),
            ["pad_token"] = tokenizer.Token(tokenizer.PadId),
            ["model_max_length"] = modelMaxLength,
            ["clean_up_tokenization_spaces"] = false,
        };
        AtomicFile.WriteText(path, file.ToJsonString(JsonDefaults.Indented) + "\n");
    }
}
