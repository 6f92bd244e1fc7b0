using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda surrogate show`: what a surrogate is, how it was trained and how faithful it is. Its files and lineage are `tda show`'s.</summary>
internal static class SurrogateShowVerb
{
    private const int Labels = 15;
    private const int HashShown = 12;

    private static readonly Argument<string> Name = new("S") { Description = "The surrogate's name" };

    public static Command Build() => CommandExtensions.Verb("show",
        "Shows a surrogate: family, size, tokenizer, what it was trained on and how, checkpoints, and how well it predicts held-out answers.",
        "tda surrogate show small", Name).Runs(Show);

    private static int Show(VerbContext context)
    {
        var shown = SurrogateDetails.Of(context.Home.SurrogateDirectory(context.Get(Name)));
        return context.Done(shown, console =>
        {
            foreach (var (label, text) in Lines(shown))
            {
                var lines = PlainText.Wrapped(text, Math.Max(Labels, console.Profile.Width - Labels));
                for (var i = 0; i < lines.Count; i++)
                {
                    console.Profile.Out.Writer.WriteLine($"{(i == 0 ? label : "").PadRight(Labels)}{lines[i]}");
                }
            }
        });
    }

    private static IEnumerable<(string Label, string Text)> Lines(SurrogateDetails one)
    {
        yield return ("surrogate", $"{one.Name} in {one.Directory}");
        yield return ("made", $"{one.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {one.Origin}{(one.Folder is { } folder ? $" from {folder}" : "")}");
        foreach (var (input, hash) in one.MadeFrom)
        {
            yield return ("made from", $"{input}, content {hash[..Math.Min(HashShown, hash.Length)]}");
        }

        yield return ("family", $"{one.Family}: {one.Layers} layers of width {one.HiddenSize}, {one.Heads} heads");
        yield return ("parameters", $"{one.Parameters:N0}; attribution sees {(double)one.TrackedParameters / one.Parameters:P0}, the linear layers of attention and MLP");
        if (one.AdapterParameters is { } adapters)
        {
            yield return ("adapters", $"{adapters:N0} parameters beside those; attribution sees them alone, or with index --parameters merged the layers with them in");
        }

        yield return ("context", $"{one.Context:N0} tokens");
        yield return ("tokenizer", $"{one.TokenizerTokens:N0} tokens, {one.TokenizerHash[..Math.Min(HashShown, one.TokenizerHash.Length)]}; the embedding has {one.VocabularySize:N0} rows");
        yield return ("memory", $"{PlainText.Size(one.MemoryBytes)} of weights; on disk {PlainText.Size(one.StoredBytes)} of {string.Join(", ", one.StoredTypes)}");
        yield return ("ensemble", one.Members == 1 ? "one model" : $"{one.Members} models; the first is indexed and scored");
        foreach (var (training, member) in one.Trainings.Select((training, member) => (training, member)))
        {
            foreach (var line in Lines(training, one.Members == 1 ? "" : $" {member}"))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<(string Label, string Text)> Lines(SurrogateTraining one, string member)
    {
        yield return ($"training{member}", $"{one.Steps:N0} steps of {one.Optimizer} at {one.LearningRate:G3}, {one.Epochs} {(one.Epochs == 1 ? "pass" : "passes")} over "
            + $"{one.Documents:N0} documents and {one.Responses:N0} answers, seed {one.Seed}{(one.Base is { } from ? $", from {from}" : "")}");
        yield return ($"loss{member}", $"{one.FirstLoss:F3} before the first step, {one.FinalLoss:F3} over the last tenth, nats a token");
        yield return ($"checkpoints{member}", $"{one.Checkpoints.Count}: after {string.Join(", ", one.Checkpoints.Select(step => $"{step:N0}"))} steps");
        yield return ($"fidelity{member}", one.Fidelity is { } fidelity
            ? $"held-out answers ({fidelity.Answers:N0}): {fidelity.NatsPerToken:F3} nats/token; unigram {fidelity.UnigramNatsPerToken:F3}, untrained "
                + $"{fidelity.UntrainedNatsPerToken:F3}{(fidelity.RankCorrelation is { } rank ? $"; rank correlation {rank:F2}" : "")}"
            : "unknown: no answer was held out");
    }
}
