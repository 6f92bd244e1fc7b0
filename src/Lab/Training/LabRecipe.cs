using Tda.ProxyTrainer.Training;

namespace Tda.Lab.Training;

/// <summary>How a lab model was trained, read from its manifest, so that it can be trained again on other documents.</summary>
/// <param name="Corpus">Name of the corpus that it was trained on.</param>
/// <param name="CorpusHash">That corpus's content hash.</param>
/// <param name="BaseDirectory">The lab model that it started from; null where it had fresh weights.</param>
/// <param name="Training">How.</param>
/// <param name="Seed">Seed of weights and order.</param>
/// <param name="Whole">Whether it learnt the corpus as it is: all documents, no mask, no weights.</param>
public sealed record LabRecipe(string Corpus, string CorpusHash, string? BaseDirectory, TrainingOptions Training, long Seed, bool Whole)
{
    /// <summary>Reads how a model was trained.</summary>
    /// <exception cref="BadInputException">It isn't a lab model, its manifest is damaged, or its base is gone or another one now.</exception>
    public static LabRecipe Of(string directory)
    {
        var lab = ArtifactDirectory.Open(directory, LabTrainer.Format, LabTrainer.Version);
        var (inputs, path) = (lab.Manifest.Inputs, Path.Combine(lab.Directory, Manifest.FileName));
        if (lab.Manifest.InputOf(ArtifactKind.Corpus) is not var (corpus, corpusHash))
        {
            throw new BadInputException(path, "names no corpus that the model was trained on");
        }

        string? basis = null;
        if (lab.Manifest.InputOf(ArtifactKind.Lab) is var (from, weights))
        {
            basis = Path.Combine(Path.GetDirectoryName(lab.Directory)!, from);
            if (ArtifactDirectory.Open(basis, LabTrainer.Format, LabTrainer.Version).Manifest.Outputs.GetValueOrDefault(Models.LabModel.WeightsFile) != weights)
            {
                throw new BadInputException(basis, $"isn't the model that {lab.Directory} started from: its weights are others now");
            }
        }

        var training = JsonFile.Part<TrainingOptions>(lab.Manifest.Options["training"], path, "options.training");
        var whole = !inputs.ContainsKey("mask") && !inputs.ContainsKey("weights") && lab.Manifest.Options["only"] is null && lab.Manifest.Options["dropped"] is null;
        return new LabRecipe(corpus, corpusHash, basis, training with { Response = null }, lab.Manifest.Seeds.GetValueOrDefault("training"), whole);
    }
}
