using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda surrogate merge`.</summary>
internal static class SurrogateMergeVerb
{
    private static readonly Argument<string> From = new("S") { Description = "A surrogate with adapters" };
    private static readonly Option<string> Name = CliOption.Required("--name", "S2", "The plain surrogate's name");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a surrogate of this name");

    public static Command Build() => CommandExtensions.Verb("merge",
        "Adds a surrogate's adapters to its weights: a plain model of its own, for programs that know no adapters.",
        "tda surrogate merge tuned --name tuned-merged", From, Name, Replace).Runs(Run);

    private static int Run(VerbContext context)
    {
        context.ConfigureEngine();
        var result = SurrogateMerger.Run(
            context.Home.SurrogateDirectory(context.Get(From)), context.Home.SurrogateDirectory(context.Get(Name)), context.Get(Replace), context.Progress,
            TimeProvider.System, context.Cancel);
        return context.Done(result, console => console.WriteLine(
            $"{result.Directory}: {result.Parameters:N0} parameters, {result.From} with its adapters in its weights"
            + $"{(result.Members > 1 ? $", {result.Members} members" : "")}"));
    }
}
