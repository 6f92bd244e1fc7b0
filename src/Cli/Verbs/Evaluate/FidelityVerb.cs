using Tda.Cli.Verbs.Surrogates;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate fidelity`: how well a surrogate predicts the closed model.</summary>
internal static class FidelityVerb
{
    private static readonly Option<string> SurrogateName = CliOption.Required("--surrogate", "S", "Surrogate");

    public static Command Build() => CommandExtensions.Verb("fidelity",
        "How well a surrogate predicts the closed model's held-out answers, as measured when it was distilled.",
        "tda evaluate fidelity --surrogate small", SurrogateName).Runs(Run);

    private static int Run(VerbContext context)
    {
        var directory = context.Home.SurrogateDirectory(context.Get(SurrogateName));
        var surrogate = Surrogate.Open(directory);
        List<FidelityResult> measured = [.. Enumerable.Range(0, surrogate.MemberDirectories.Count).Select(surrogate.Fidelity).OfType<FidelityResult>()];
        if (measured.Count == 0)
        {
            throw new BadInputException(directory, surrogate.IsDistilled
                ? "no exchange was held out when this surrogate was distilled, so its fidelity is unknown"
                : "this surrogate was imported: no exchange was held out, so its fidelity is unknown");
        }

        return context.Done(measured, console =>
        {
            foreach (var line in measured.SelectMany(FidelityText.Lines))
            {
                console.WriteLine(line);
            }
        });
    }
}
