using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs;

/// <summary>`tda attribute --methods`.</summary>
internal static class MethodList
{
    private static readonly (MethodNeeds Need, string Text)[] Needs =
    [
        (MethodNeeds.Factors, "curvature (the index's, or fitted anew)"),
        (MethodNeeds.Checkpoints, "checkpoints of the surrogate's training"),
        (MethodNeeds.SecondMoments, "AdamW's second moments"),
        (MethodNeeds.Ensemble, "an ensemble of surrogates"),
        (MethodNeeds.Text, "texts alone"),
        (MethodNeeds.SmallModel, "a small model"),
    ];

    /// <summary>Prints every method with its needs and its line.</summary>
    public static int Print(VerbContext context)
    {
        var methods = AttributionMethods.Names.Select(name => new
        {
            Name = name,
            Needs = Needs.Where(n => AttributionMethods.NeedsOf(name).HasFlag(n.Need)).Select(n => n.Text).ToArray(),
            Tokens = AttributionMethods.WithTokens.Contains(name),
            Summary = AttributionMethods.SummaryOf(name),
        }).ToArray();
        return context.Done(methods, console =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("method", "what it is", "needs", "tokens");
            foreach (var method in methods)
            {
                table.AddRow(new Text(method.Name), new Text(method.Summary), new Text(method.Needs.Length == 0 ? "the surrogate" : string.Join(", ", method.Needs)), new Text(method.Tokens ? "yes" : ""));
            }

            console.Write(table);
        });
    }
}
