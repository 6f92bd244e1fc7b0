using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Models.Families;

/// <summary>Hugging Face's <c>Qwen2ForCausalLM</c>: as llama, with biases on q, k and v.</summary>
internal class Qwen2Family : LlamaFamily
{
    public override ModelFamily Family => ModelFamily.Qwen2;

    public override string ModelType => "qwen2";

    public override string Architecture => "Qwen2ForCausalLM";

    public override ModelConfig Read(ConfigMembers file, ModelConfig common)
    {
        file.Refuse(file.Get("use_sliding_window", false), "use_sliding_window");
        return base.Read(file, common) with { AttentionBias = true, AttentionOutputBias = false, MlpBias = false };
    }

    public override JsonObject Write(ModelConfig config)
    {
        var file = WriteShared(config);
        file["use_sliding_window"] = false;
        return file;
    }
}
