using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Models.Families;

/// <summary>
/// One architecture of Hugging Face's: its configuration, its tensors' names and shapes, its computation. A new one is a file here and a line in
/// <see cref="All"/>.
/// </summary>
internal abstract class FamilyDescription
{
    private static readonly FamilyDescription[] All =
        [new LlamaFamily(), new Gpt2Family(), new MistralFamily(), new Qwen2Family(), new Qwen3Family(), new GptNeoXFamily()];

    /// <summary>The <c>model_type</c>s that can be run.</summary>
    public static IEnumerable<string> ModelTypes => All.Select(family => family.ModelType);

    public abstract ModelFamily Family { get; }

    /// <summary>The configuration's <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>The configuration's entry in <c>architectures</c>.</summary>
    public abstract string Architecture { get; }

    public static FamilyDescription Of(ModelFamily family) => All.Single(one => one.Family == family);

    /// <summary>Null when there is none of that <c>model_type</c>.</summary>
    public static FamilyDescription? Find(string modelType) => All.SingleOrDefault(one => one.ModelType == modelType);

    /// <summary>Reads the members of its own; those that all families have are in <paramref name="common"/>.</summary>
    /// <exception cref="BadInputException">The computation isn't one that can be run.</exception>
    public abstract ModelConfig Read(ConfigMembers file, ModelConfig common);

    /// <summary>The members of its own.</summary>
    public abstract JsonObject Write(ModelConfig config);

    /// <summary>Its parameters in the order of the computation.</summary>
    public abstract IEnumerable<ParameterSpec> Layout(ModelConfig config);

    public abstract LanguageModel Create(ModelConfig config, ScalarType type, Device device);

    /// <summary>What is impossible in this family alone.</summary>
    public virtual void Check(ModelConfig config, OptionChecks checks)
    {
    }

    /// <summary>The width of the MLP when none is given.</summary>
    public virtual int DefaultIntermediateSize(int hiddenSize) => 4 * hiddenSize;

    /// <summary>Tensors of old files that hold no weight: masks and tables that the computation makes by itself.</summary>
    public virtual bool IsBuffer(string name) => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);
}

/// <summary>A configuration file's members.</summary>
internal sealed class ConfigMembers(string path, JsonNode file)
{
    public bool Has(string name) => file[name] is not null;

    /// <exception cref="FormatException">It isn't there.</exception>
    public T Get<T>(string name) => file[name] is { } node ? Value<T>(name, node) : throw new FormatException($"\"{name}\" is missing");

    public T Get<T>(string name, T fallback) => file[name] is { } node ? Value<T>(name, node) : fallback;

    /// <summary>A member that is an object; null when it isn't there.</summary>
    public ConfigMembers? Object(string name) => file[name] is JsonObject inner ? new(path, inner) : null;

    /// <summary>Of ids a list may be given, of which the first is meant.</summary>
    public int Id(string name, int fallback) => file[name] is JsonArray { Count: > 0 } list ? Value<int>(name, list[0]!) : Get(name, fallback);

    /// <exception cref="BadInputException">The condition holds: this would be computed otherwise than the model was trained.</exception>
    public void Refuse(bool condition, string what, string? remedy = null)
    {
        if (condition)
        {
            throw new BadInputException(path, $"{what} is not supported", remedy: remedy);
        }
    }

    private static T Value<T>(string name, JsonNode node)
    {
        try
        {
            return node.GetValue<T>();
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException($"\"{name}\" is {node.ToJsonString()}", error);
        }
    }
}
