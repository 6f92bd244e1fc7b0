using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models.Adapters;

/// <summary>
/// <see cref="LoraConfig"/> ↔ PEFT's <c>adapter_config.json</c>. A member that would change the computation and isn't known here is refused by
/// name: an adapter that is nearly right explains another model.
/// </summary>
internal static class AdapterConfigFile
{
    public const string Name = "adapter_config.json";

    private const string Remedy = "Merge these adapters into their base where they come from, and import the merged model.";

    // Read above all, or without effect on what a trained adapter computes: how it began, which program wrote it, what was dropped in training.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "peft_type", "task_type", "r", "lora_alpha", "use_rslora", "target_modules", "exclude_modules", "layers_to_transform", "rank_pattern", "alpha_pattern",
        "bias", "init_lora_weights", "base_model_name_or_path",
        "auto_mapping", "revision", "inference_mode", "peft_version", "lora_dropout", "fan_in_fan_out", "loftq_config", "eva_config", "corda_config",
        "lora_ga_config", "megatron_core", "qalora_group_size", "runtime_config", "ensure_weight_tying",
    };

    // These begin with A and B of some other size, and leave the base as it is; PiSSA, OLoRA, LoftQ and CorDA change it.
    private static readonly string[] HarmlessInits = ["gaussian", "orthogonal", "eva"];

    /// <exception cref="BadInputException">The file is unreadable, or describes adapters that can't be computed exactly.</exception>
    public static LoraConfig Read(string path)
    {
        try
        {
            var file = JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new FormatException("it holds no object");
            var members = new ConfigMembers(path, file);
            RefuseUnknown(members, file);
            var config = new LoraConfig
            {
                Rank = members.Get<int>("r"),
                Alpha = members.Get<double>("lora_alpha"),
                RankStabilized = members.Get("use_rslora", false),
                Targets = Selector("target_modules", file["target_modules"]) ?? throw new FormatException("\"target_modules\" is missing"),
                Excluded = Selector("exclude_modules", file["exclude_modules"]) is { } some && (some.Pattern is not null || some.Names.Count > 0) ? some : null,
                Blocks = Blocks(file["layers_to_transform"]),
                RankPattern = Pattern<int>("rank_pattern", file["rank_pattern"]),
                AlphaPattern = Pattern<double>("alpha_pattern", file["alpha_pattern"]),
                BaseModel = members.Get<string?>("base_model_name_or_path", null),
            };
            members.Refuse(config.Blocks is not null && config.Targets.Pattern is not null, "layers_to_transform with a pattern of target_modules", Remedy);
            config.Validate();
            Probe(config);
            return config;
        }
        catch (UsageException error)
        {
            throw new BadInputException(path, error.Message, inner: error);
        }
        catch (Exception error) when (error is JsonException or IOException or InvalidOperationException or FormatException or ArgumentException or RegexMatchTimeoutException)
        {
            throw new BadInputException(path, $"not a configuration of adapters: {error.Message}", inner: error);
        }
    }

    /// <param name="path">Where to.</param>
    /// <param name="config">Its targets are names or a pattern, not all-linear: readers of older versions don't know that word.</param>
    /// <param name="storedTransposed">The base's files hold (in, out), as gpt2's do.</param>
    public static void Write(string path, LoraConfig config, bool storedTransposed) => AtomicFile.WriteJson(path, new JsonObject
    {
        ["peft_type"] = "LORA",
        ["task_type"] = "CAUSAL_LM",
        ["base_model_name_or_path"] = config.BaseModel,
        ["r"] = config.Rank,
        ["lora_alpha"] = Number(config.Alpha),
        ["use_rslora"] = config.RankStabilized,
        ["target_modules"] = Selector(config.Targets),
        ["exclude_modules"] = config.Excluded is { } excluded ? Selector(excluded) : null,
        ["layers_to_transform"] = config.Blocks is { } blocks ? new JsonArray([.. blocks.Select(block => JsonValue.Create(block))]) : null,
        ["rank_pattern"] = new JsonObject(config.RankPattern.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value))),
        ["alpha_pattern"] = new JsonObject(config.AlphaPattern.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Number(pair.Value)))),
        ["fan_in_fan_out"] = storedTransposed,
        ["bias"] = "none",
        ["lora_dropout"] = 0.0,
        ["init_lora_weights"] = true,
        ["modules_to_save"] = null,
        ["use_dora"] = false,
        ["inference_mode"] = true,
    });

    private static void RefuseUnknown(ConfigMembers members, JsonObject file)
    {
        var type = members.Get<string>("peft_type");
        members.Refuse(type != "LORA", $"peft_type {type}", "Only LoRA adapters are read.");
        var task = members.Get<string?>("task_type", null);
        members.Refuse(task is not (null or "CAUSAL_LM"), $"task_type {task}", "A surrogate is a causal language model.");
        var bias = members.Get("bias", "none");
        members.Refuse(bias != "none", $"bias {bias}", Remedy);
        if (file["init_lora_weights"] is { } start && start.GetValueKind() == JsonValueKind.String)
        {
            members.Refuse(!HarmlessInits.Contains(start.GetValue<string>()), $"init_lora_weights {start.GetValue<string>()} (it changes the base)", Remedy);
        }

        members.Refuse(HasValue(file["layers_pattern"]) && HasValue(file["layers_to_transform"]), "layers_pattern", Remedy);
        foreach (var (name, value) in file)
        {
            members.Refuse(!Known.Contains(name) && name != "layers_pattern" && HasValue(value), $"{name} {value?.ToJsonString()}", Remedy);
        }
    }

    private static bool HasValue(JsonNode? node) => node switch
    {
        null => false,
        JsonArray list => list.Count > 0,
        JsonObject members => members.Count > 0,
        _ => node.GetValueKind() is not JsonValueKind.False && node.ToString() is not ("" or "0"),
    };

    private static ModuleSelector? Selector(string name, JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => new([.. list.Select(one => one is null ? throw new FormatException($"\"{name}\" holds null") : one.GetValue<string>())]),
        _ when node.GetValueKind() == JsonValueKind.String => new([], node.GetValue<string>()),
        _ => throw new FormatException($"\"{name}\" is {node.ToJsonString()}"),
    };

    private static JsonNode Selector(ModuleSelector selector) => selector.Pattern is { } pattern
        ? JsonValue.Create(pattern)
        : new JsonArray([.. selector.Names.Select(name => JsonValue.Create(name))]);

    private static IReadOnlyList<int>? Blocks(JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => [.. list.Select(one => one!.GetValue<int>())],
        _ => [node.GetValue<int>()],
    };

    private static KeyValuePair<string, T>[] Pattern<T>(string name, JsonNode? node) => node switch
    {
        null => [],
        JsonObject members => [.. members.Select(pair => KeyValuePair.Create(pair.Key, pair.Value is { } value ? value.GetValue<T>() : throw new FormatException($"\"{name}\" holds null")))],
        _ => throw new FormatException($"\"{name}\" is {node.ToJsonString()}"),
    };

    // Whole numbers as such: some readers take no other.
    private static JsonNode Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e9 ? JsonValue.Create((int)value) : JsonValue.Create(value);

    // A pattern that can't be run is found here, with the file's name.
    private static void Probe(LoraConfig config)
    {
        _ = config.Selects("model.layers.0.self_attn.q_proj");
        _ = config.Targets.Matches("model.layers.0.self_attn.q_proj");
        _ = config.ScaleOf("model.layers.0.self_attn.q_proj");
    }
}
