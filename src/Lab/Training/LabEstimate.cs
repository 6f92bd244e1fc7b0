using Tda.Lab.Models;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.Lab.Training;

/// <summary>Says before a lab model's training what it will need.</summary>
public static class LabEstimate
{
    /// <summary>Counts what <see cref="LabTrainer.Run"/> with the same options trains on, and times a few of its steps.</summary>
    /// <param name="options">The training; its output isn't looked at.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <param name="timed">Whether to measure how long it takes.</param>
    /// <exception cref="BadInputException">Corpus or base can't be read.</exception>
    public static JobPlan Of(LabTrainOptions options, CancellationToken cancellation, bool timed = true)
    {
        var corpus = Corpus.Open(options.CorpusDirectory, verify: false);
        var shape = options.Shape ?? new LabModelShape();
        var from = options.BaseDirectory ?? options.LikeDirectory;
        var config = from is null ? null : ModelConfigFile.Read(Path.Combine(from, LabModel.ConfigFile));
        return TrainingEstimate.Of(
            new EstimatedTraining
            {
                Job = "lab train",
                Texts = corpus.Documents().Select(document => document.Text),
                Tokenizer = from is null ? null : ModelTokenizer.Load(Path.Combine(from, LabModel.TokenizerFile)),
                Vocabulary = shape.VocabularySize,
                Shape = found => config ?? shape.Config(found),
                Training = options.Training,
                Timed = timed,
            },
            cancellation);
    }
}
