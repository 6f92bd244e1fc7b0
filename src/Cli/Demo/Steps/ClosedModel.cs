using Tda.Cli.Demo.Data;
using Tda.Lab.Training;
using Tda.Labels.Classifiers;
using Tda.Labels.Judges;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Demo.Steps;

/// <summary>Trains the harm classifier and the closed model: a base on other text, fine-tuned on the candidate corpus.</summary>
internal static class ClosedModel
{
    /// <summary>The judge: a classifier trained on labelled mail that is in no candidate corpus.</summary>
    public static ClassifierJudge Judge(DemoContext context, DemoSets sets)
    {
        var directory = context.Place.Home.JudgeDirectory(context.Place.Name);
        if (!Directory.Exists(directory))
        {
            HarmClassifierTrainer.Run(sets.Classifier, context.Options.Classifier with { Seed = context.Options.Seed }, context.Progress, context.Cancel)
                .Save(directory, context.Time, command: "tda demo");
        }

        return ClassifierJudge.Open(directory);
    }

    /// <summary>The base: what a vendor has before anybody fine-tunes it.</summary>
    public static string Base(DemoContext context) =>
        Train(context, context.Place.Called("base"), context.Place.Called("base-text"), null, context.Options.BaseTraining, null, 1);

    /// <summary>The closed model before curation.</summary>
    public static string FineTuned(DemoContext context, string baseName) =>
        Train(context, context.Place.Called("closed"), context.Place.Name, baseName, context.Options.FineTuning, null, 1);

    /// <summary>Fine-tunes the base on a corpus.</summary>
    /// <returns>The lab model's name.</returns>
    public static string Train(
        DemoContext context, string name, string corpus, string? from, TrainingOptions training, string? maskFile, double penalty)
    {
        var home = context.Place.Home;
        context.Steps.Train(new LabTrainOptions
        {
            OutputDirectory = home.LabDirectory(name),
            CorpusDirectory = home.CorpusDirectory(corpus),
            BaseDirectory = from is null ? null : home.LabDirectory(from),
            Shape = from is null ? context.Options.ClosedShape : null,
            Training = training with { Seed = context.Options.Seed, CheckpointEvery = 200 },
            MaskFile = maskFile,
            Penalty = penalty,
            Seed = context.Options.Seed,
        });
        return name;
    }
}
