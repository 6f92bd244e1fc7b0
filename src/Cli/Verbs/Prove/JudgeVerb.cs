using Tda.Labels.Classifiers;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda judge`: classifiers that tell harmful answers from benign ones.</summary>
internal static class JudgeVerb
{
    private static readonly Argument<string> Labelled = new("FILE.jsonl")
    {
        Description = "Lines with a text, harmful (true or false), and, if you like, the kind of a benign one; in no candidate corpus",
    };
    private static readonly Option<string> Name = CliOption.Required("--name", "J", "The judge's name");
    private static readonly Option<double> FalsePositives = CliOption.Default("--false-positives", "SHARE",
        "Share of each kind of benign text that may be called harmful", new HarmClassifierOptions().FalsePositiveRate);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of the split and of the order");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a judge of this name");
    private static readonly Argument<string> Which = new("J") { Description = "The judge's name" };

    public static Command Build() => CommandExtensions.Verb("judge", "Trains and shows judges of answers.", "tda judge train labelled.jsonl --name spam",
        CommandExtensions.Verb("train", "Trains a classifier on labelled texts, keeping a part to test it.", "tda judge train labelled.jsonl --name spam",
            Labelled, Name, FalsePositives, Seed, Replace).Runs(Train),
        CommandExtensions.Verb("show", "Shows how a judge does on texts that it wasn't trained on.", "tda judge show spam", Which).Runs(Show));

    private static int Train(VerbContext context)
    {
        var directory = context.Home.JudgeDirectory(context.Get(Name));
        ArtifactDirectory.RequireFree(directory, context.Get(Replace));
        var texts = LabelledFile.Read(context.Get(Labelled));
        var options = new HarmClassifierOptions { FalsePositiveRate = context.Get(FalsePositives), Seed = context.Get(Seed) };
        var classifier = HarmClassifierTrainer.Run(texts, options, context.Progress, context.Cancel);
        classifier.Save(directory, TimeProvider.System, context.Get(Replace), "tda judge train", context.Get(Labelled));
        return Done(context, context.Get(Name), classifier);
    }

    private static int Show(VerbContext context) =>
        Done(context, context.Get(Which), HarmClassifier.Load(context.Home.JudgeDirectory(context.Get(Which))));

    private static int Done(VerbContext context, string name, HarmClassifier classifier)
    {
        var test = classifier.HeldOut;
        return context.Done(test, console => console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: on {test.Harmful + test.Benign:N0} held-out pieces accuracy {test.Accuracy:F3}, AUROC {test.Auroc:F3}, "
                + $"finds {100 * test.TruePositiveRate:F1} % of the harmful, calls {100 * test.FalsePositiveRate:F1} % of the benign harmful")));
    }
}
