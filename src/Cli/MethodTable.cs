using Tda.Curation.Rendering;
using Tda.Scoring.Methods;

namespace Tda.Cli;

/// <summary>`tda attribute --methods`: when to take which method, what it costs, and how well it predicted retraining.</summary>
internal static class MethodTable
{
    private static readonly (MethodNeeds Need, string Text)[] NeedTexts =
    [
        (MethodNeeds.Factors, "curvature (the index's, or fitted anew)"),
        (MethodNeeds.Checkpoints, "checkpoints of the surrogate's training"),
        (MethodNeeds.SecondMoments, "AdamW's second moments"),
        (MethodNeeds.Ensemble, "an ensemble of surrogates"),
        (MethodNeeds.Text, "texts alone"),
        (MethodNeeds.SmallModel, "a small model"),
        (MethodNeeds.Outcomes, "a bank of retrainings"),
        (MethodNeeds.Training, "a surrogate distilled here from this corpus, and the log's answers"),
    ];

    /// <summary>Prints every method.</summary>
    public static int Print(VerbContext context)
    {
        var methods = AttributionMethods.All.Select(method => new
        {
            method.Name,
            MethodAdvice.Of(method.Name).When,
            MethodAdvice.Of(method.Name).Cost,
            Lds = MeasuredLds.Texts.Where(lds => lds.Method == method.Name).ToArray(),
            Needs = NeedTexts.Where(n => method.Needs.HasFlag(n.Need) || (n.Need == MethodNeeds.Factors && method.Index is not null))
                .Select(n => n.Text).ToArray(),
            method.Tokens,
            method.Summary,
        }).ToArray();
        return context.Done(methods, console =>
        {
            console.WriteLine($"{"method",-27}{"cost",-15}{"S0",5}{"S3",6}");
            foreach (var method in methods)
            {
                var needs = method.Needs.Length == 0 ? "" : $" Needs {string.Join(", ", method.Needs)}.";
                console.WriteLine();
                console.WriteLine($"{method.Name,-27}{Words(method.Cost),-15}{Lds(method.Name, "S0"),5}{Lds(method.Name, "S3"),6}{(method.Tokens ? "   tokens" : "")}");
                console.Write(new Padder(new Text($"{Numbers.Capital(method.When)}. {Numbers.Capital(method.Summary)}.{needs}"), new Padding(4, 0, 0, 0)));
            }

            console.WriteLine();
            console.WriteLine(
                "S0, S3: LDS, how well the scores predicted what retraining on halves of 300 real texts did to 40 answers. S0: one model, the closed "
                + "model's own weights. S3: five surrogates of another architecture, from corpus and log. Random scores reach 0, the noise of "
                + "retraining allows .85; 95 % intervals are about ±.07 (--json has them). Blank: not measured. tokens: it scores tokens.");
            console.WriteLine("Which for you: docs/choosing.md. Most begin with ekfac, and bm25 beside it.");
        });
    }

    private static string Words(MethodCost cost) => cost switch
    {
        MethodCost.Words => "none",
        MethodCost.Forward => "forward only",
        MethodCost.Pass => "1 pass a run",
        MethodCost.Index => "1 pass once",
        MethodCost.Curvature => "fit + 1 pass",
        MethodCost.Checkpoints => "checkpoints",
        MethodCost.Models => "many models",
        MethodCost.Trainings => "trainings",
        MethodCost.Solver => "many passes",
        MethodCost.Retrainings => "retrainings",
        _ => "small models",
    };

    private static string Lds(string method, string scenario) =>
        MeasuredLds.Of(method, scenario) is { } lds ? lds.Value.ToString("#.00;-#.00;.00", CultureInfo.InvariantCulture) : "";
}
