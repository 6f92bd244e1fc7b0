using Tda.Evaluation.Classes;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate words`: does a method see the order of words?</summary>
internal static class WordsVerb
{
    private static readonly Option<string> Index = CliOption.Required("--index", "I", "Index whose surrogate and corpus are used");
    private static readonly Option<string> Pairs = CliOption.Required("--pairs", "FILE.jsonl",
        "A JSON object a line: id, text (a document), first and second (two phrases in it), prompt and completion (the query)");
    private static readonly Option<string?> Method = CliOption.Text("--method", "M",
        "A method that computes gradients; default the index's own (LoGra: fitted anew)");
    private static readonly Option<double> Damping = CliOption.Default("--damping", "F",
        "λ of a module as a multiple of its mean eigenvalue", .1);

    public static Command Build() => CommandExtensions.Verb("words",
        "The word-order probe: what is left of a document's influence when its two key phrases trade places. About 1: the method sees "
        + "words, not sentences.",
        "tda evaluate words --index mail-small --pairs pairs.jsonl", Index, Pairs, Method, Damping).Runs(Probe);

    private static int Probe(VerbContext context)
    {
        context.ConfigureEngine();
        var file = context.Get(Pairs);
        if (!File.Exists(file))
        {
            throw new BadInputException(file, "there is no such file");
        }

        WordOrderCase[] cases = [.. JsonLines.Read<WordOrderCase>(file)];
        if (cases.Length == 0)
        {
            throw new BadInputException(file, "has no pair of phrases");
        }

        using var session = ScoringSession.Open(context.Home, context.Get(Index), new CaptureOptions().BatchTokens, context.Progress, context.Cancel);
        var method = context.Get(Method) ?? AttributionMethods.DefaultFor(session.Index.Info.Method);
        var results = WordOrderProbe.Run(
            session, method, new MethodOptions { DampingFactor = context.Get(Damping) }, cases, context.Progress, context.Cancel);
        double[] left = [.. results.Select(r => r.Left).Where(double.IsFinite)];
        var median = Median.Of(left);
        return context.Measured(new { Index = context.Get(Index), Method = method, Median = median, Results = results }, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine($"{r.Query}: {r.Original:G4} as it is, {r.Flipped:G4} flipped; {r.Left:P0} is left");
            }

            console.WriteLine(
                $"{method}: {median:P0} of the influence is left in the median of {left.Length:N0}; about 100 % means that word order "
                    + $"doesn't matter");
        });
    }
}
