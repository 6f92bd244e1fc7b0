using System.Text.Json.Nodes;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Models;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models;

public sealed class ModelFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tda-model-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(LanguageModelTests.Families), MemberType = typeof(LanguageModelTests))]
    public void Load_AfterSave_IsBitEqual(ModelFamily family, bool variant)
    {
        using var saved = TinyModels.Create(family, torch.ScalarType.Float32, variant);
        saved.Save(_directory);
        using var loaded = LanguageModel.Load(_directory);
        Assert.Equal(saved.Config.ToString(), loaded.Config.ToString());
        Assert.Equal(TinyModels.Values(saved.Flat), TinyModels.Values(loaded.Flat));
    }

    // Files are read in pieces of 16 MiB: an embedding of more rows than one holds, and a gpt2 layer, which is stored the other way round.
    [Theory]
    [InlineData(ModelFamily.Llama, 300_001, 24)]
    [InlineData(ModelFamily.Gpt2, 23, 300_001)]
    public void Load_TensorLongerThanAPiece_IsBitEqual(ModelFamily family, int vocabulary, int intermediate)
    {
        var config = TinyModels.Config(family) with { VocabularySize = vocabulary, IntermediateSize = intermediate, Layers = 1 };
        using var saved = LanguageModel.Create(config, 2);
        saved.Save(_directory);
        using var loaded = LanguageModel.Load(_directory);
        Assert.Equal(0, saved.Flat.sub(loaded.Flat).abs().max().item<float>());
    }

    // Names and layouts as in Hugging Face's modeling files (gpt2's Conv1D weights are (in, out)).
    [Theory]
    [InlineData(ModelFamily.Llama, "llama", "model.embed_tokens.weight", 23, 16)]
    [InlineData(ModelFamily.Llama, "llama", "model.layers.1.self_attn.k_proj.weight", 8, 16)]
    [InlineData(ModelFamily.Llama, "llama", "model.layers.0.mlp.down_proj.weight", 16, 24)]
    [InlineData(ModelFamily.Llama, "llama", "model.layers.0.post_attention_layernorm.weight", 16)]
    [InlineData(ModelFamily.Gpt2, "gpt2", "transformer.wpe.weight", 16, 16)]
    [InlineData(ModelFamily.Gpt2, "gpt2", "transformer.h.1.attn.c_attn.weight", 16, 48)]
    [InlineData(ModelFamily.Gpt2, "gpt2", "transformer.h.0.mlp.c_fc.weight", 16, 24)]
    [InlineData(ModelFamily.Gpt2, "gpt2", "transformer.ln_f.bias", 16)]
    [InlineData(ModelFamily.Mistral, "mistral", "model.layers.1.self_attn.v_proj.weight", 8, 16)]
    [InlineData(ModelFamily.Qwen2, "qwen2", "model.layers.1.self_attn.k_proj.bias", 8)]
    [InlineData(ModelFamily.Qwen3, "qwen3", "model.layers.1.self_attn.k_norm.weight", 6)]
    [InlineData(ModelFamily.Qwen3, "qwen3", "model.layers.1.self_attn.o_proj.weight", 16, 24)]
    [InlineData(ModelFamily.GptNeox, "gpt_neox", "gpt_neox.layers.0.attention.query_key_value.weight", 48, 16)]
    [InlineData(ModelFamily.GptNeox, "gpt_neox", "gpt_neox.layers.1.post_attention_layernorm.bias", 16)]
    public void Save_Always_UsesTheFamilysNamesAndLayouts(ModelFamily family, string modelType, string name, params int[] shape)
    {
        using var model = TinyModels.Create(family, torch.ScalarType.Float32);
        model.Save(_directory);
        using var file = SafetensorsFile.Open(Path.Combine(_directory, "model.safetensors"));
        Assert.Equal(shape.Select(s => (long)s), file.Entry(name).Shape);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.False(file.Entries.ContainsKey("lm_head.weight"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(_directory, "config.json")))!;
        Assert.Equal(modelType, config["model_type"]!.GetValue<string>());
    }

    [Fact]
    public void Load_WeightsOfAnotherShape_IsRefused()
    {
        using var model = TinyModels.Create(ModelFamily.Llama, torch.ScalarType.Float32);
        model.Save(_directory);
        ModelConfigFile.Write(Path.Combine(_directory, "config.json"), model.Config with { IntermediateSize = 20 });
        Assert.Contains("doesn't fit the configuration", Assert.Throws<BadInputException>(() => LanguageModel.Load(_directory)).Message);
        ModelConfigFile.Write(Path.Combine(_directory, "config.json"), model.Config with { Layers = 3 });
        Assert.Contains("model.layers.2", Assert.Throws<BadInputException>(() => LanguageModel.Load(_directory)).Message);
    }

    [Fact]
    public void Read_UnsupportedConfiguration_IsRefusedByName()
    {
        var path = Path.Combine(_directory, "config.json");
        ModelConfigFile.Write(path, TinyModels.Config(ModelFamily.Llama));
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["rope_scaling"] = new JsonObject { ["type"] = "yarn" };
        File.WriteAllText(path, config.ToJsonString());
        Assert.Contains("rope_type yarn", Assert.Throws<BadInputException>(() => ModelConfigFile.Read(path)).Message);
    }

    // Configurations and counts as the models' pages have them.
    public static TheoryData<string, ModelConfig> Published => new()
    {
        {
            "124,439,808 gpt2",
            new() { Family = ModelFamily.Gpt2, VocabularySize = 50_257, HiddenSize = 768, Layers = 12, Heads = 12, MaxPositions = 1024 }
        },
        {
            "134,515,008 SmolLM-135M",
            new() { Family = ModelFamily.Llama, VocabularySize = 49_152, HiddenSize = 576, IntermediateSize = 1536, Layers = 30, Heads = 9, KeyValueHeads = 3 }
        },
        {
            "494,032,768 Qwen2.5-0.5B",
            new()
            {
                Family = ModelFamily.Qwen2, VocabularySize = 151_936, HiddenSize = 896, IntermediateSize = 4864, Layers = 24, Heads = 14, KeyValueHeads = 2,
                AttentionBias = true, AttentionOutputBias = false,
            }
        },
        {
            "596,049,920 Qwen3-0.6B",
            new()
            {
                Family = ModelFamily.Qwen3, VocabularySize = 151_936, HiddenSize = 1024, IntermediateSize = 3072, Layers = 28, Heads = 16, KeyValueHeads = 8,
                HeadSize = 128, QueryKeyNorm = true,
            }
        },
        {
            "162,322,944 pythia-160m",
            new()
            {
                Family = ModelFamily.GptNeox, VocabularySize = 50_304, HiddenSize = 768, IntermediateSize = 3072, Layers = 12, Heads = 12, TieEmbeddings = false,
                AttentionBias = true, MlpBias = true, RotaryShare = .25,
            }
        },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void ParameterCount_PublishedModel_IsThePublishedOne(string count, ModelConfig config) =>
        Assert.Equal(count.Split(' ')[0], config.ParameterCount.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
}
