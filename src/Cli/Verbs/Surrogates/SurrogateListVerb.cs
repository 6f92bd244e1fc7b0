using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda surrogate list`: what the surrogates are. Sizes, ages and lineage of all things are `tda ls`'s.</summary>
internal static class SurrogateListVerb
{
    public static Command Build() => CommandExtensions.Verb("list", "Lists the surrogates with what each is and how faithful.", "tda surrogate list").Runs(List);

    private static int List(VerbContext context)
    {
        List<SurrogateSummary> surrogates = [];
        foreach (var directory in ArtifactDirectory.List(context.Home.FolderOf(ArtifactKind.Surrogate)))
        {
            try
            {
                surrogates.Add(SurrogateSummary.Of(directory));
            }
            catch (BadInputException error)
            {
                // One that is broken must not hide the others.
                context.Progress.Message($"left out: {error.Message}");
            }
        }

        return context.Done(surrogates, console =>
        {
            if (surrogates.Count == 0)
            {
                console.WriteLine($"no surrogates in {context.Home.FolderOf(ArtifactKind.Surrogate)}; tda distill and tda surrogate import make one");
                return;
            }

            // The rest is `show`'s and the JSON's: more columns wouldn't fit 80 characters.
            console.WriteTable(["name", "family", "parameters", "seen", "context", "memory", "nats", "made"], surrogates.Select(one => (string[])
            [
                one.Name, one.Family, $"{one.Parameters / 1e6:N1} M", $"{(double)one.TrackedParameters / one.Parameters:P0}", $"{one.Context}",
                PlainText.Size(one.MemoryBytes), one.NatsPerToken is { } nats ? $"{nats:F2}" : "-", one.Origin,
            ]));
            console.WriteLine("seen: by attribution; nats: a token of held-out answers, where there are any");
        });
    }
}
