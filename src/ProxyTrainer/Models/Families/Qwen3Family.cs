namespace Tda.ProxyTrainer.Models.Families;

/// <summary>Hugging Face's <c>Qwen3ForCausalLM</c>: as llama, with an RMSNorm over each head of q and k before they are rotated.</summary>
internal sealed class Qwen3Family : LlamaFamily
{
    private const int DefaultHeadSize = 128;

    public override ModelFamily Family => ModelFamily.Qwen3;

    public override string ModelType => "qwen3";

    public override string Architecture => "Qwen3ForCausalLM";

    public override ModelConfig Read(ConfigMembers file, ModelConfig common)
    {
        file.Refuse(file.Get("use_sliding_window", false), "use_sliding_window");
        return base.Read(file, common) with { QueryKeyNorm = true, MlpBias = false, HeadSize = file.Get("head_dim", DefaultHeadSize) };
    }
}
