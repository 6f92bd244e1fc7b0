using System.Text.Json.Nodes;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models.Adapters;

public sealed class AdapterFolderTests : IDisposable
{
    private const string Prefix = "base_model.model.";
    private static readonly int[] Ids = TinyModels.Ids(1, 11);

    private readonly TempDirectory _directory = new();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static IEnumerable<TheoryDataRow<ModelFamily, bool>> Families => LanguageModelTests.Families;

    private string Folder => Directory.CreateDirectory(_directory["adapter"]).FullName;

    private string ConfigPath => Path.Combine(Folder, "adapter_config.json");

    private string WeightsPath => Path.Combine(Folder, "adapter_model.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Attach_WhatWasWritten_SameLogitsAndSameBytes(ModelFamily family, bool variant)
    {
        using var model = TinyAdapters.Create(family, variant, torch.ScalarType.Float32);
        model.Save(Folder);
        using var read = TinyModels.Create(family, torch.ScalarType.Float32, variant);

        AdapterFolder.Attach(read, Folder);

        Assert.Equal(TinyModels.Values(model.Forward(TinyModels.Tensor(Ids))), TinyModels.Values(read.Forward(TinyModels.Tensor(Ids))));
        var again = Directory.CreateDirectory(_directory["again"]).FullName;
        read.Save(again);
        Assert.Equal(File.ReadAllBytes(WeightsPath), File.ReadAllBytes(Path.Combine(again, "adapter_model.safetensors")));
        Assert.Equal(File.ReadAllText(ConfigPath), File.ReadAllText(Path.Combine(again, "adapter_config.json")));
    }

    /// <summary>Names, shapes and members as PEFT writes them: lora_A is (r, in) and lora_B (out, r) of fused and transposed layers too.</summary>
    [Theory]
    [InlineData(ModelFamily.Gpt2, "transformer.h.1.attn.c_attn", 48, 16, true)]
    [InlineData(ModelFamily.GptNeox, "gpt_neox.layers.1.attention.query_key_value", 48, 16, false)]
    [InlineData(ModelFamily.Llama, "model.layers.1.mlp.down_proj", 16, 24, false)]
    public void Write_GivesPeftsNamesAndShapes(ModelFamily family, string module, long outputs, long inputs, bool transposed)
    {
        using var model = TinyAdapters.Create(family, type: torch.ScalarType.Float32, config: new LoraConfig { Rank = 3, Alpha = 6, BaseModel = "some/base" });
        model.Save(Folder);

        using var file = SafetensorsFile.Open(WeightsPath);
        Assert.Equal([3, inputs], file.Entries[$"{Prefix}{module}.lora_A.weight"].Shape);
        Assert.Equal([outputs, 3], file.Entries[$"{Prefix}{module}.lora_B.weight"].Shape);
        Assert.Equal(model.Parameters.Count, file.Entries.Count);
        var config = JsonNode.Parse(File.ReadAllText(ConfigPath))!;
        Assert.Equal(("LORA", 3, 6, "none", transposed, "some/base"), (
            config["peft_type"]!.GetValue<string>(), config["r"]!.GetValue<int>(), config["lora_alpha"]!.GetValue<int>(), config["bias"]!.GetValue<string>(),
            config["fan_in_fan_out"]!.GetValue<bool>(), config["base_model_name_or_path"]!.GetValue<string>()));
        Assert.Contains(module.Split('.')[^1], config["target_modules"]!.AsArray().Select(one => one!.GetValue<string>()));
    }

    [Theory]
    [InlineData("""["q_proj","v_proj"]""", "model.layers.0.self_attn.q_proj model.layers.0.self_attn.v_proj model.layers.1.self_attn.q_proj model.layers.1.self_attn.v_proj")]
    [InlineData("""["model.layers.1.self_attn.q_proj","nothing"]""", "model.layers.1.self_attn.q_proj")]
    [InlineData("\".*layers\\\\.0\\\\.self_attn\\\\.[kv]_proj\"", "model.layers.0.self_attn.k_proj model.layers.0.self_attn.v_proj")]
    [InlineData("\"ALL-LINEAR\"", "")]
    public void Attach_Targets_ChooseAsPeftDoes(string targets, string expected)
    {
        var wanted = expected.Length > 0 ? expected.Split(' ') : null;
        using var model = TinyModels.Create(ModelFamily.Llama, torch.ScalarType.Float32);
        wanted ??= [.. model.TrackedLinears.Select(layer => layer.Name)];
        WriteFor(model, wanted, rank: 2);
        Change(config => config["target_modules"] = JsonNode.Parse(targets));

        AdapterFolder.Attach(model, Folder);

        Assert.Equal(wanted, model.TrackedLinears.Where((_, i) => i % 2 == 0).Select(layer => layer.Name[..^".lora_A".Length]));
    }

    [Fact]
    public void Attach_PatternsBlocksAndExclusions_GiveRanksAndScales()
    {
        using var model = TinyModels.Create(ModelFamily.Llama, torch.ScalarType.Float32);
        WriteFor(model, ["model.layers.1.self_attn.q_proj", "model.layers.1.mlp.up_proj"], rank: 2, other: ("model.layers.1.mlp.up_proj", 5));
        Change(config =>
        {
            config["target_modules"] = new JsonArray("q_proj", "up_proj", "down_proj");
            config["exclude_modules"] = new JsonArray("down_proj");
            config["layers_to_transform"] = 1;
            config["rank_pattern"] = new JsonObject { ["mlp.up_proj"] = 5 };
            config["alpha_pattern"] = new JsonObject { [@".*\.1\..*q_proj"] = 12 };
            config["use_rslora"] = true;
            config["lora_alpha"] = 3.5;
        });

        AdapterFolder.Attach(model, Folder);

        Assert.Equal(12 / Math.Sqrt(2), model.Adapters!.ScaleOf("model.layers.1.self_attn.q_proj"), 12);
        Assert.Equal(3.5 / Math.Sqrt(5), model.Adapters.ScaleOf("model.layers.1.mlp.up_proj"), 12);
        Assert.Equal([2, 2, 5, 5], model.TrackedLinears.Select(layer => layer.Name.EndsWith('A') ? layer.Outputs : layer.Inputs));
    }

    [Theory]
    [InlineData(torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Float16)]
    public void Attach_HalfPrecision_ReadsTheRoundedNumbers(torch.ScalarType type)
    {
        using var model = TinyAdapters.Create(ModelFamily.Qwen3, type: torch.ScalarType.Float32);
        using (torch.no_grad())
        {
            model.Flat.copy_(model.Flat.to(type).to(torch.ScalarType.Float32));
        }

        model.Save(Folder);
        TensorFiles.Save(WeightsPath, TensorFiles.Load(WeightsPath).ToDictionary(pair => pair.Key, pair => pair.Value.to(type)));
        using var read = TinyModels.Create(ModelFamily.Qwen3, torch.ScalarType.Float32);

        AdapterFolder.Attach(read, Folder);

        Assert.Equal(TinyModels.Values(model.Flat), TinyModels.Values(read.Flat));
    }

    [Theory]
    [InlineData("""{"peft_type":"LOHA"}""", "peft_type LOHA is not supported")]
    [InlineData("""{"use_dora":true}""", "use_dora true is not supported")]
    [InlineData("""{"bias":"all"}""", "bias all is not supported")]
    [InlineData("""{"lora_bias":true}""", "lora_bias true is not supported")]
    [InlineData("""{"modules_to_save":["lm_head"]}""", "modules_to_save [\"lm_head\"] is not supported")]
    [InlineData("""{"target_modules":["q_proj","embed_tokens"]}""", "target_modules takes in model.embed_tokens")]
    [InlineData("""{"target_modules":["q_proj","lm_head"]}""", "target_modules takes in lm_head")]
    [InlineData("""{"target_modules":["c_attn"]}""", "No linear layer of this model is c_attn: it has q_proj")]
    [InlineData("""{"target_modules":null}""", "\"target_modules\" is missing")]
    [InlineData("""{"target_modules":"(q_proj"}""", "not a configuration of adapters")]
    [InlineData("""{"target_modules":7}""", "\"target_modules\" is 7")]
    [InlineData("""{"trainable_token_indices":[3]}""", "trainable_token_indices [3] is not supported")]
    [InlineData("""{"init_lora_weights":"pissa"}""", "init_lora_weights pissa (it changes the base) is not supported")]
    [InlineData("""{"layer_replication":[[0,2]]}""", "layer_replication [[0,2]] is not supported")]
    [InlineData("""{"task_type":"SEQ_CLS"}""", "task_type SEQ_CLS is not supported")]
    [InlineData("""{"some_future_thing":0.5}""", "some_future_thing 0.5 is not supported")]
    [InlineData("""{"r":0}""", "rank")]
    [InlineData("""{"r":"many"}""", "\"r\" is \"many\"")]
    [InlineData("""{"lora_alpha":0}""", "alpha")]
    [InlineData("""{"r":5}""", "so rank 3: adapter_config.json says 5")]
    [InlineData("""{"target_modules":["q_proj"]}""", "belongs to none of the 2 layers")]
    public void Attach_BadConfiguration_RefusedWithPathAndReason(string change, string message)
    {
        using var model = Written();
        Change(config =>
        {
            foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            {
                config[name] = value?.DeepClone();
            }
        });

        var error = Assert.Throws<BadInputException>(() => AdapterFolder.Attach(model, Folder));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(Folder, error.Path, StringComparison.Ordinal);
        Assert.Equal(3, error.ExitCode);
    }

    [Theory]
    [InlineData("no folder", "adapter_config.json is missing")]
    [InlineData("no weights", "adapter_model.safetensors is missing")]
    [InlineData("pickled", "Save adapter_model.bin as safetensors")]
    [InlineData("missing", "lora_B.weight\" is missing. These adapters were made for tiny")]
    [InlineData("extra", "\"model.layers.7.self_attn.q_proj.lora_A.weight\" belongs to none of the 14 layers")]
    [InlineData("magnitude", "lora_magnitude_vector\" belongs to none")]
    [InlineData("width", "has shape (3, 20); of this base it would be (3, 16)")]
    [InlineData("nan", "holds numbers that aren't finite")]
    [InlineData("whole", "not of floating-point numbers")]
    [InlineData("cut", "adapter_model.safetensors")]
    public void Attach_BadWeights_RefusedWithPathAndReason(string fault, string message)
    {
        using var model = Written();
        const string First = Prefix + "model.layers.0.self_attn.q_proj.lora_A.weight";
        var tensors = TensorFiles.Load(WeightsPath);
        switch (fault)
        {
            case "no folder":
                File.Delete(ConfigPath);
                break;
            case "no weights":
                File.Delete(WeightsPath);
                break;
            case "pickled":
                File.Move(WeightsPath, Path.Combine(Folder, "adapter_model.bin"));
                break;
            case "missing":
                tensors.Remove(Prefix + "model.layers.1.mlp.up_proj.lora_B.weight");
                break;
            case "extra":
                tensors[Prefix + "model.layers.7.self_attn.q_proj.lora_A.weight"] = torch.ones(3, 16);
                break;
            case "magnitude":
                tensors[Prefix + "model.layers.0.self_attn.q_proj.lora_magnitude_vector"] = torch.ones(16);
                break;
            case "width":
                tensors[First] = torch.ones(3, 20);
                break;
            case "nan":
                tensors[First] = torch.full([3, 16], double.NaN, torch.ScalarType.Float32);
                break;
            case "whole":
                tensors[First] = torch.ones([3, 16], torch.ScalarType.Int32);
                break;
            case "cut":
                File.WriteAllBytes(WeightsPath, File.ReadAllBytes(WeightsPath)[..^9]);
                break;
        }

        if (fault is "missing" or "extra" or "magnitude" or "width" or "nan" or "whole")
        {
            TensorFiles.Save(WeightsPath, tensors);
        }

        var error = Assert.Throws<BadInputException>(() => AdapterFolder.Attach(model, Folder));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(Folder, error.Path, StringComparison.Ordinal);
    }

    private LanguageModel Written()
    {
        using (var model = TinyAdapters.Create(ModelFamily.Llama, type: torch.ScalarType.Float32, config: new LoraConfig { Rank = 3, Alpha = 5, BaseModel = "tiny" }))
        {
            model.Save(Folder);
        }

        return TinyModels.Create(ModelFamily.Llama, torch.ScalarType.Float32);
    }

    // As another program would: nothing of the adapters' own code but the names that PEFT gives.
    private void WriteFor(LanguageModel model, string[] modules, int rank, (string Module, int Rank)? other = null)
    {
        var tensors = new Dictionary<string, torch.Tensor>();
        foreach (var layer in model.TrackedLinears.Where(layer => modules.Contains(layer.Name)))
        {
            var r = other is { } special && special.Module == layer.Name ? special.Rank : rank;
            tensors[$"{Prefix}{layer.Name}.lora_A.weight"] = torch.ones(r, layer.Inputs);
            tensors[$"{Prefix}{layer.Name}.lora_B.weight"] = torch.ones(layer.Outputs, r);
        }

        TensorFiles.Save(WeightsPath, tensors);
        File.WriteAllText(ConfigPath, $$"""{"peft_type":"LORA","r":{{rank}},"lora_alpha":4,"target_modules":null,"lora_dropout":0.05,"inference_mode":true}""");
    }

    private void Change(Action<JsonObject> change)
    {
        var config = JsonNode.Parse(File.ReadAllText(ConfigPath))!.AsObject();
        change(config);
        File.WriteAllText(ConfigPath, config.ToJsonString());
    }
}
