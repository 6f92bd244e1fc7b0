using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// <see cref="ModelConfig"/> ↔ Hugging Face's <c>config.json</c>. What would change the computation and isn't supported
/// (another rotary scaling or activation) is refused by name.
/// </summary>
public static class ModelConfigFile
{
    public static void Write(string path, ModelConfig config, string dtype = "float32")
    {
        var family = FamilyDescription.Of(config.Family);
        var file = family.Write(config);
        file["architectures"] = new JsonArray(family.Architecture);
        file["model_type"] = family.ModelType;
        if (config.RopeScaling is { } scaling)
        {
            file["rope_scaling"] = scaling.Write();
        }

        file["vocab_size"] = config.VocabularySize;
        file["tie_word_embeddings"] = config.TieEmbeddings;
        file["initializer_range"] = config.InitializerRange;
        file["bos_token_id"] = config.BosId;
        file["eos_token_id"] = config.EosId;
        file["pad_token_id"] = config.PadId;
        file["torch_dtype"] = dtype;
        AtomicFile.WriteJson(path, file);
    }

    /// <exception cref="BadInputException">The file is unreadable, or describes a model that Tda can't run.</exception>
    public static ModelConfig Read(string path)
    {
        try
        {
            var file = JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new BadInputException(path, "the file holds null");
            var members = new ConfigMembers(path, file);
            var type = members.Get<string>("model_type");
            var family = FamilyDescription.Find(type) ?? throw new BadInputException(
                path, $"model_type \"{type}\" is not supported", remedy: $"Use a model of {string.Join(", ", FamilyDescription.ModelTypes)}.");
            var config = family.Read(members, Common(members));
            config.Validate();
            return config;
        }
        catch (UsageException e)
        {
            throw new BadInputException(path, e.Message, inner: e);
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidOperationException or FormatException)
        {
            throw new BadInputException(path, $"not a model configuration: {e.Message}", inner: e);
        }
    }

    private static ModelConfig Common(ConfigMembers file)
    {
        var eos = file.Id("eos_token_id", 1);
        return new ModelConfig
        {
            Family = default,
            HiddenSize = 0,
            Layers = 0,
            Heads = 0,
            VocabularySize = file.Get<int>("vocab_size"),
            InitializerRange = file.Get("initializer_range", 0.02),
            BosId = file.Id("bos_token_id", eos),
            EosId = eos,
            PadId = file.Id("pad_token_id", eos),
        };
    }
}

/// <summary>Hugging Face's names of activations.</summary>
internal static class ActivationNames
{
    public static Activation Read(ConfigMembers file, string name, string fallback)
    {
        var activation = file.Get(name, fallback);
        file.Refuse(activation is not ("gelu" or "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast"), $"{name} {activation}");
        return activation == "gelu" ? Activation.Gelu : Activation.GeluNew;
    }

    public static string Of(Activation activation) => activation == Activation.GeluNew ? "gelu_new" : "gelu";
}
