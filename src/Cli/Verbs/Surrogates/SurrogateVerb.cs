using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda surrogate`: models that were trained elsewhere as surrogates, and what is known of each surrogate.</summary>
internal static class SurrogateVerb
{
    private static readonly Argument<string> Folder = new("FOLDER") { Description = "A Hugging Face model folder: config.json, tokenizer.json, model.safetensors" };
    private static readonly Option<string> Name = CliOption.Required("--name", "S", "The surrogate's name");
    private static readonly Option<int?> Context = CliOption.Optional<int?>("--context", "T",
        $"Longest row, in tokens: default {SurrogateImporter.DefaultContext}; the model's own positions where they are fewer, and always of gpt2").AtLeast(2);
    private static readonly Option<string?> Adapter = CliOption.Text("--adapter", "PEFT_FOLDER",
        "LoRA adapters for this model: adapter_config.json and adapter_model.safetensors");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a surrogate of this name");

    public static Command Build() => CommandExtensions.Verb("surrogate",
        "Takes models that were trained elsewhere as surrogates; lists and shows surrogates; makes plain ones of response networks.",
        "tda surrogate import ./SmolLM-135M --name smol",
        CommandExtensions.Verb("import",
            "Takes a model folder (llama, mistral, qwen2, qwen3, gpt2 or gpt_neox) as a surrogate: index and attribute use it without any training.",
            "tda surrogate import ./pythia-160m --name pythia", Folder, Name, Context, Adapter, Replace).Runs(Import),
        SurrogateMergeVerb.Build(),
        SurrogateListVerb.Build(),
        SurrogateShowVerb.Build(),
        MaterialiseVerb.Build());

    private static int Import(VerbContext context)
    {
        context.ConfigureEngine();
        var result = SurrogateImporter.Import(
            context.Get(Folder), context.Home.SurrogateDirectory(context.Get(Name)), context.Get(Context), context.Get(Replace), context.Progress,
            TimeProvider.System, context.Cancel, context.Get(Adapter));
        return context.Done(result, console =>
        {
            console.WriteLine($"{result.Directory}: {result.Family}, {result.Parameters:N0} parameters, {PlainText.Size(result.MemoryBytes)} in memory");
            if (result.AdapterParameters > 0)
            {
                console.WriteLine($"adapters of {result.AdapterParameters:N0} parameters, which attribution sees; with index --parameters merged, the weights:");
            }

            console.WriteLine($"attribution sees {(double)result.TrackedParameters / result.Parameters:P0} of them, the linear layers of attention and MLP");
            console.WriteLine($"rows of up to {result.Context:N0} tokens{(result.Context < result.Positions ? $", of the {result.Positions:N0} that it has positions for (--context)" : "")}");
        });
    }
}
