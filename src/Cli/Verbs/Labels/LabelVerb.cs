using Tda.Labels.Classifiers;
using Tda.Labels.Encoders;

namespace Tda.Cli.Verbs.Labels;

/// <summary>`tda label`: who or what is harmful, of exchanges and of documents.</summary>
internal static class LabelVerb
{
    private static readonly Option<string> Examples = CliOption.Required("--examples", "FILE.jsonl",
        "Lines with a text and harmful (true or false; if you like with the kind of a benign one), or a text and a label; in no candidate corpus");
    private static readonly Option<string> Name = CliOption.Required("--name", "N", "The classifier's name");
    private static readonly Option<ClassifierFeatures?> Features = EnumOption.Of<ClassifierFeatures>("--features",
        "What it looks at: words and n-grams, the sentence encoder's vectors, both, or what cross-validation finds best", ClassifierFeatures.Auto);
    private static readonly Option<double> FalsePositives = CliOption.Default("--false-positives", "SHARE",
        "Share of each kind of benign text that may be called harmful", new TextClassifierOptions().FalsePositiveRate);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of the split and of the order");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a classifier of this name");
    private static readonly Argument<string> Which = new("J") { Description = "The classifier's name" };

    public static Command Build() => CommandExtensions.Verb("label", "Labels exchanges and documents, and trains and checks what labels them.",
        "tda label train --examples labelled.jsonl --name spam",
        LabelExchangesVerb.Build(),
        LabelCorpusVerb.Build(),
        CommandExtensions.Verb("train",
            "Trains a classifier on labelled texts, calibrates it, and tests it on a part that it keeps back.",
            "tda label train --examples labelled.jsonl --name spam", Examples, Name, Features, FalsePositives, Seed, Replace).Runs(Train),
        CommandExtensions.Verb("show", "Shows how a classifier does on texts that it wasn't trained on.", "tda label show spam", Which).Runs(Show),
        LabelAgreementVerb.Build());

    private static int Train(VerbContext context)
    {
        var directory = context.Home.JudgeDirectory(context.Get(Name));
        ArtifactDirectory.RequireFree(directory, context.Get(Replace));
        var texts = LabelledFile.Read(context.Get(Examples));
        var options = new TextClassifierOptions
        {
            Features = context.Get(Features)!.Value,
            FalsePositiveRate = context.Get(FalsePositives),
            Seed = context.Get(Seed),
        };
        using var classifier = TextClassifierTrainer.Run(texts, options, () => SentenceEncoder.Shared, context.Progress, context.Cancel);
        classifier.Save(directory, TimeProvider.System, context.Get(Replace), "tda label train", context.Get(Examples));
        return Done(context, context.Get(Name), classifier.Facts);
    }

    private static int Show(VerbContext context)
    {
        using var classifier = TextClassifier.Load(context.Home.JudgeDirectory(context.Get(Which)));
        return Done(context, context.Get(Which), classifier.Facts);
    }

    private static int Done(VerbContext context, string name, TrainedClassifier facts)
    {
        var shown = new { facts.Classes, facts.Features, facts.Encoder, facts.Threshold, facts.CrossValidation, facts.Pieces, facts.Accuracy, facts.Labels };
        return context.Done(shown, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: looks at {InWords(facts.Features)}; trained on {facts.Pieces:N0} pieces; on held-out ones accuracy {facts.Accuracy:F3}"));
            AgreementTable.Print(console, facts.Labels);
        });
    }

    private static string InWords(ClassifierFeatures features) => features switch
    {
        ClassifierFeatures.Words => "words and n-grams",
        ClassifierFeatures.Encoder => "the sentence encoder's vectors",
        _ => "words and the sentence encoder's vectors",
    };
}
