using Tda.Curation.Plans;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Curate;

/// <summary>`tda curate stages`: what a plan may be made of.</summary>
internal static class CurateStagesVerb
{
    private const string Common = "at_most: largest share of the documents it is given that a stage may drop; beyond it the curation stops";

    public static Command Build() => CommandExtensions.Verb("stages",
        "Lists the kinds of stages that a plan may name, with their options and defaults.", "tda curate stages").Runs(Run);

    private static int Run(VerbContext context)
    {
        var kinds = StageKinds.All.Select(kind => new { kind.Name, kind.Summary, kind.Options }).ToList();
        return context.Done(kinds, console =>
        {
            var output = console.Profile.Out.Writer;
            foreach (var kind in kinds)
            {
                output.WriteLine(kind.Name);
                Write(kind.Summary);
                Write(kind.Options);
                output.WriteLine();
            }

            foreach (var line in PlainText.Wrapped($"Every stage takes {Common}.", console.Profile.Width))
            {
                output.WriteLine(line);
            }

            void Write(string text)
            {
                foreach (var line in PlainText.Wrapped(text, console.Profile.Width - 4))
                {
                    output.WriteLine($"    {line}");
                }
            }
        });
    }
}
