using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda surrogate materialise`: a plain surrogate of one λ, from one that was distilled over a range of them.</summary>
internal static class MaterialiseVerb
{
    private static readonly Argument<string> Source = new("S") { Description = "Surrogate that was distilled with --response-over" };
    private static readonly Option<double> At = new("--at") { Description = "The λ, in the range that it was distilled over", HelpName = "λ", Required = true };
    private static readonly Option<string> Name = CliOption.Required("--name", "S2", "The plain surrogate's name");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a surrogate of this name");

    public static Command Build() => CommandExtensions.Verb("materialise",
        "Folds the gates of a response network into plain weights at one λ: a surrogate like any other, which other programs read too.",
        "tda surrogate materialise curve --at 0.5 --name at-half", Source, At, Name, Replace).Runs(Run);

    private static int Run(VerbContext context)
    {
        context.ConfigureEngine();
        var result = SurrogateMaterialiser.Run(
            context.Home.SurrogateDirectory(context.Get(Source)), context.Get(At), context.Home.SurrogateDirectory(context.Get(Name)), context.Get(Replace),
            TimeProvider.System, context.Cancel);
        return context.Done(result, console => console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Directory}: λ {result.Penalty}, of {result.Low} to {result.High}; {result.Parameters:N0} parameters")));
    }
}
