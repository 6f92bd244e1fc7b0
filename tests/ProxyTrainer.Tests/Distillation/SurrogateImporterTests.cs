using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.ChatTemplates;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Tests.Models.Adapters;
using Tda.ProxyTrainer.Tests.Tokenization;
using Tda.ProxyTrainer.Tokenization;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation;

public sealed class SurrogateImporterTests : IDisposable
{
    private static readonly int[] Ids = [5, 19, 2, 250, 81, 7];
    private readonly TempDirectory _directory = new();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    private string Folder => Directory.CreateDirectory(_directory["model"]).FullName;

    public void Dispose()
    {
        _scope.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(LanguageModelTests.Families), MemberType = typeof(LanguageModelTests))]
    public void Import_EveryFamily_SameLogitsAndSameBytes(ModelFamily family, bool variant)
    {
        using var model = Write(family, variant);

        var result = Import();

        using var imported = Surrogate.Open(result.Directory).LoadModel();
        Assert.Equal(TinyModels.Values(Logits(model)), TinyModels.Values(Logits(imported)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "model.safetensors")), File.ReadAllBytes(Path.Combine(result.Directory, "model.safetensors")));
        Assert.Equal((model.Config.ParameterCount, model.BlockMatrixCount), (result.Parameters, result.TrackedParameters));
        Assert.Equal(imported.Config.ToString(), model.Config.ToString());
    }

    [Theory]
    [InlineData(torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Float16)]
    public void Import_ShardsOfHalfPrecision_LogitsOfTheRoundedWeights(torch.ScalarType type)
    {
        using var model = Write(ModelFamily.Qwen2, variant: false);
        using (torch.no_grad())
        {
            model.Flat.copy_(model.Flat.to(type).to(torch.ScalarType.Float32));
        }

        var names = WriteShards(model, type);
        var result = Import();

        using var imported = Surrogate.Open(result.Directory).LoadModel();
        Assert.Equal(TinyModels.Values(Logits(model)), TinyModels.Values(Logits(imported)));
        Assert.All(
            (string[])[.. names, "model.safetensors.index.json"],
            name => Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, name)), File.ReadAllBytes(Path.Combine(result.Directory, name))));
    }

    [Fact]
    public void Import_FewerPositions_SameLogitsOfShortRowsAndNoLongerOnes()
    {
        using var model = Write(ModelFamily.Qwen3, variant: true);

        var result = Import(context: 8);

        Assert.Equal((8, 16), (result.Context, result.Positions));
        using var imported = Surrogate.Open(result.Directory).LoadModel();
        Assert.Equal(TinyModels.Values(Logits(model)), TinyModels.Values(Logits(imported)));
        Assert.Throws<ArgumentException>(() => imported.Forward(TinyModels.Tensor(new int[9])));
    }

    [Theory]
    [InlineData("config", "no such folder")]
    [InlineData("no config", "config.json is missing")]
    [InlineData("no tokenizer", "tokenizer.json is missing")]
    [InlineData("no weights", "model.safetensors is missing")]
    [InlineData("family", "model_type \"mamba\" is not supported")]
    [InlineData("activation", "hidden_act relu is not supported")]
    [InlineData("rope", "rope_type yarn is not supported")]
    [InlineData("window", "use_sliding_window is not supported")]
    [InlineData("number", "\"hidden_size\" is \"wide\"")]
    [InlineData("shape", "doesn't fit the configuration")]
    [InlineData("missing", "1 tensors are missing, the first is \"model.norm.weight\"")]
    [InlineData("unknown", "\"model.layers.0.self_attn.q_norm.weight\" is no tensor of a qwen2 model")]
    [InlineData("nan", "\"model.norm.weight\" holds numbers that aren't finite")]
    [InlineData("infinite", "\"model.layers.1.mlp.up_proj.weight\" holds numbers that aren't finite")]
    [InlineData("integers", "\"model.norm.weight\" has the element type I64, which weights don't have")]
    [InlineData("truncated", "truncated")]
    [InlineData("neox activation", "hidden_act relu is not supported")]
    [InlineData("small", "the tokenizer has 268 tokens, the model's embedding only 100")]
    [InlineData("shard", "model-2.safetensors is missing")]
    [InlineData("index", "not an index of shards")]
    [InlineData("outside", "\"../model.safetensors\" is no file of this folder")]
    [InlineData("template", "the statement \"include\" is not supported (line 1, column 4 of the template)")]
    [InlineData("sentencepiece", "not a SentencePiece model")]
    public void Import_BadFolder_RefusedByNameAndNothingIsLeft(string fault, string message)
    {
        using var model = Write(ModelFamily.Qwen2, variant: false);
        Break(fault, model);

        var error = Assert.Throws<BadInputException>(() => Import());

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(_directory["model"], error.Path, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["surrogate"]));
        Assert.False(Directory.Exists(_directory["surrogate"] + ".part"));
    }

    [Theory]
    [MemberData(nameof(LanguageModelTests.Families), MemberType = typeof(LanguageModelTests))]
    public void Import_WithAdapters_SameLogitsAndSameBytes(ModelFamily family, bool variant)
    {
        using var model = Write(family, variant);
        WriteAdapters(model, _directory["peft"]);

        var result = Import(adapter: _directory["peft"]);

        Assert.Equal(model.Flat.numel(), result.AdapterParameters);
        var surrogate = Surrogate.Open(result.Directory);
        using var imported = surrogate.LoadModel(parameters: ModelParameters.Adapters);
        Assert.Equal(TinyModels.Values(Logits(model)), TinyModels.Values(Logits(imported)));
        foreach (var name in (string[])["adapter_model.safetensors", "adapter_config.json"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(_directory["peft"], name)), File.ReadAllBytes(Path.Combine(result.Directory, "adapter", name)));
        }

        // A surrogate's own folder, with the adapters in it, is a model folder too.
        var again = SurrogateImporter.Import(result.Directory, _directory["again"], null, replace: false, NullProgress.Instance, TimeProvider.System);
        Assert.Equal(result.AdapterParameters, again.AdapterParameters);
    }

    [Fact]
    public void Import_AdaptersOfAnotherBase_RefusedAndNothingIsLeft()
    {
        using (var other = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama) with { IntermediateSize = 20 }, seed: 1))
        {
            WriteAdapters(other, _directory["peft"]);
        }

        Write(ModelFamily.Llama, variant: false).Dispose();
        var error = Assert.Throws<BadInputException>(() => Import(adapter: _directory["peft"]));
        Assert.Contains("of this base it would be (24, 3). These adapters were made for tiny", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["surrogate"]));

        Assert.Contains("adapter_config.json is missing", Assert.Throws<BadInputException>(() => Import(adapter: _directory["nowhere"])).Message, StringComparison.Ordinal);
        var alone = Assert.Throws<BadInputException>(
            () => SurrogateImporter.Import(_directory["peft"], _directory["surrogate"], null, false, NullProgress.Instance, TimeProvider.System));
        Assert.Contains("give their base's folder, and this one with --adapter", alone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_PositionsOfGpt2_AllOrNone()
    {
        Write(ModelFamily.Gpt2, variant: false).Dispose();

        Assert.Contains("leave --context out", Assert.Throws<UsageException>(() => Import(context: 8)).Message, StringComparison.Ordinal);
        Assert.Equal(16, Import(context: null).Context);
        Assert.Equal(16, Import(context: 2048, replace: true).Context);
    }

    [Fact]
    public void Import_OnlySentencePiecesModel_TokenizerJsonOfItAndTheTemplate()
    {
        var sample = SentencePieceSample.Train("the cat sat on the mat", 10);
        using var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama, variant: false) with { VocabularySize = sample.Pieces.Count }, seed: 5);
        model.Save(Folder);
        File.WriteAllBytes(Path.Combine(Folder, "tokenizer.model"), sample.ToBytes());
        File.WriteAllText(Path.Combine(Folder, "chat_template.jinja"), SampleTemplates.Turns);

        var surrogate = Surrogate.Open(Import().Directory);

        Assert.Equal(sample.Encode("the cat"), surrogate.Tokenizer.Encode("the cat"));
        Assert.Equal(SampleTemplates.Turns, surrogate.Tokenizer.Template!.Source);
        Assert.Equal(sample.ToBytes(), File.ReadAllBytes(Path.Combine(surrogate.Directory, "tokenizer.model")));
    }

    [Fact]
    public void Import_NameInUse_RefusedUnlessReplaced()
    {
        Write(ModelFamily.Llama, variant: false).Dispose();
        Import();

        Assert.Throws<UsageException>(() => Import());
        Assert.Equal("llama", Import(replace: true).Family);
    }

    private static torch.Tensor Logits(LanguageModel model) => model.Forward(TinyModels.Tensor(Ids));

    private ImportedSurrogate Import(int? context = SurrogateImporter.DefaultContext, bool replace = false, string? adapter = null) =>
        SurrogateImporter.Import(_directory["model"], _directory["surrogate"], context, replace, NullProgress.Instance, TimeProvider.System, adapter: adapter);

    private static void WriteAdapters(LanguageModel model, string folder)
    {
        model.Attach(TinyAdapters.Config, seed: 2);
        TinyAdapters.Disturb(model);
        Directory.CreateDirectory(folder);
        model.Save(folder);
    }

    private LanguageModel Write(ModelFamily family, bool variant)
    {
        var tokenizer = BpeTrainer.Train(["the cat sat on the mat, the dog sat on the log"], new BpeOptions { VocabularySize = 280 });
        var model = LanguageModel.Create(TinyModels.Config(family, variant) with { VocabularySize = tokenizer.VocabularySize }, seed: 5);
        tokenizer.Save(Path.Combine(Folder, "tokenizer.json"));
        model.Save(Folder);
        return model;
    }

    private string[] WriteShards(LanguageModel model, torch.ScalarType type)
    {
        File.Delete(Path.Combine(Folder, "model.safetensors"));
        var map = new JsonObject();
        string[] names = ["model-1.safetensors", "model-2.safetensors"];
        for (var shard = 0; shard < names.Length; shard++)
        {
            var part = model.Parameters.Where((_, i) => i % names.Length == shard).ToDictionary(p => p.Name, p => p.Tensor.detach().to(type));
            TensorFiles.Save(Path.Combine(Folder, names[shard]), part);
            foreach (var name in part.Keys)
            {
                map[name] = names[shard];
            }
        }

        File.WriteAllText(Path.Combine(Folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        return names;
    }

    private void Break(string fault, LanguageModel model)
    {
        var config = Path.Combine(Folder, "config.json");
        switch (fault)
        {
            case "config":
                Directory.Delete(Folder, recursive: true);
                break;
            case "no config":
                File.Delete(config);
                break;
            case "template":
                File.WriteAllText(Path.Combine(Folder, "chat_template.jinja"), "{% include 'x' %}");
                break;
            case "sentencepiece":
                File.Delete(Path.Combine(Folder, "tokenizer.json"));
                File.WriteAllText(Path.Combine(Folder, "tokenizer.model"), "no protobuf");
                break;
            case "no tokenizer":
                File.Delete(Path.Combine(Folder, "tokenizer.json"));
                break;
            case "no weights":
                File.Delete(Path.Combine(Folder, "model.safetensors"));
                break;
            case "family":
                Set(config, "model_type", "mamba");
                break;
            case "activation":
                Set(config, "hidden_act", "relu");
                break;
            case "rope":
                Set(config, "rope_scaling", new JsonObject { ["rope_type"] = "yarn", ["factor"] = 4.0 });
                break;
            case "window":
                Set(config, "use_sliding_window", true);
                break;
            case "number":
                Set(config, "hidden_size", "wide");
                break;
            case "shape":
                Set(config, "intermediate_size", 20);
                break;
            case "missing":
                Rewrite(model, name => name != "model.norm.weight", []);
                break;
            case "unknown":
                Rewrite(model, _ => true, new() { ["model.layers.0.self_attn.q_norm.weight"] = torch.ones(4) });
                break;
            case "nan":
                Rewrite(model, name => name != "model.norm.weight", new() { ["model.norm.weight"] = torch.full(16, double.NaN) });
                break;
            case "infinite":
                Rewrite(model, name => name != "model.layers.1.mlp.up_proj.weight", new() { ["model.layers.1.mlp.up_proj.weight"] = Infinite(24, 16) });
                break;
            case "integers":
                Rewrite(model, name => name != "model.norm.weight", new() { ["model.norm.weight"] = torch.ones(16, torch.ScalarType.Int64) });
                break;
            case "truncated":
                using (var file = File.OpenWrite(Path.Combine(Folder, "model.safetensors")))
                {
                    file.SetLength(file.Length - 8);
                }

                break;
            case "neox activation":
                Write(ModelFamily.GptNeox, variant: false).Dispose();
                Set(config, "hidden_act", "relu");
                break;
            case "small":
                Set(config, "vocab_size", 100);
                break;
            case "shard":
                File.Delete(Path.Combine(Folder, WriteShards(model, torch.ScalarType.Float32)[1]));
                break;
            case "index":
                File.WriteAllText(Path.Combine(Folder, "model.safetensors.index.json"), "{}");
                break;
            case "outside":
                File.WriteAllText(Path.Combine(Folder, "model.safetensors.index.json"), """{"weight_map":{"a":"../model.safetensors"}}""");
                break;
        }
    }

    private void Rewrite(LanguageModel model, Func<string, bool> keep, Dictionary<string, torch.Tensor> more)
    {
        foreach (var parameter in model.Parameters.Where(parameter => keep(parameter.Name)))
        {
            more[parameter.Name] = parameter.Tensor.detach();
        }

        TensorFiles.Save(Path.Combine(Folder, "model.safetensors"), more);
    }

    /// <summary>Ones, and one number of the last row that isn't finite.</summary>
    private static torch.Tensor Infinite(int rows, int columns)
    {
        var tensor = torch.ones(rows, columns);
        tensor[rows - 1, columns - 1] = double.NegativeInfinity;
        return tensor;
    }

    private static void Set(string path, string member, JsonNode value)
    {
        var file = JsonNode.Parse(File.ReadAllText(path))!;
        file[member] = value;
        File.WriteAllText(path, file.ToJsonString());
    }
}
