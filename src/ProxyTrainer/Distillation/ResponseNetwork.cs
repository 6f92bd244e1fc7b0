using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// A response network on disk (MR-VAE, 2212.03905): a plain model folder at the centre of its range of λ, which everything reads, and beside it
/// <c>response.safetensors</c> with the gates that lead from there to any other λ of the range: <c>W(λ) = diag(g(η(λ)) / g(0)) W</c>.
/// </summary>
public sealed class ResponseNetwork
{
    /// <summary>The gates' file in a model's folder.</summary>
    public const string FileName = "response.safetensors";

    /// <summary>The member of a manifest's details that gives the range.</summary>
    internal const string Detail = "response_over";

    private const string LowMember = "penalty_low";
    private const string HighMember = "penalty_high";
    private readonly string _path;

    private ResponseNetwork(string path, ResponseRange range) => (_path, Range) = (path, range);

    /// <summary>The λ that it was trained over.</summary>
    public ResponseRange Range { get; }

    /// <summary>The response network of a model's folder; null where there is none.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static ResponseNetwork? Find(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = SafetensorsFile.Open(path);
        double Member(string name) =>
            file.Metadata.TryGetValue(name, out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new BadInputException(path, $"metadata \"{name}\" is missing or no number");
        var range = new ResponseRange(Member(LowMember), Member(HighMember));
        return range.IsValid ? new(path, range) : throw new BadInputException(path, $"{range.Low}..{range.High} is no range of λ");
    }

    /// <summary>The response network of a model's folder.</summary>
    /// <exception cref="BadInputException">There is none, or its file is damaged.</exception>
    public static ResponseNetwork Of(string directory) => Find(directory) ?? throw new BadInputException(
        directory, $"this model has no gates ({FileName}): it was trained at one λ alone", remedy: "Train it with --response-over penalty:LOW..HIGH.");

    /// <summary>
    /// Trains a model: as <see cref="Trainer.Run"/> without <see cref="TrainingOptions.Response"/>; with it, one of its shape with gates, which
    /// leaves the gates in the folder, and in the model the weights at the centre of the range.
    /// </summary>
    /// <param name="model">Changed in place.</param>
    /// <param name="examples">Masked tokens weigh −1 where a response network is trained.</param>
    /// <param name="options">How.</param>
    /// <param name="directory">Where the gates go.</param>
    /// <param name="progress">Steps, loss and speed.</param>
    /// <param name="cancellationToken">Stops after the step under way, leaving a checkpoint.</param>
    /// <param name="time">Clock for manifests and speed.</param>
    /// <exception cref="UsageException">Options out of range, nothing to train on, or nothing masked.</exception>
    public static TrainingResult Train(
        LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options, string directory,
        IProgressSink? progress = null, CancellationToken cancellationToken = default, TimeProvider? time = null)
    {
        if (options.Response is not { } range)
        {
            return Trainer.Run(model, examples, options, progress, cancellationToken, time);
        }

        if (!examples.Any(example => example.LabelWeights.Skip(1).Any(weight => weight < 0)))
        {
            throw new UsageException("No token is masked, so λ changes nothing: a response network is trained on a corpus with a token mask (tda curate --mask).");
        }

        using var gated = ResponseGates.Attach(model);
        var result = Trainer.Run(gated, examples, options, progress, cancellationToken, time);
        using var centre = ResponseGates.Fold(gated, range.Eta(range.Centre));
        using (no_grad())
        {
            model.Flat.copy_(centre.Flat);
        }

        using IDisposable scope = NewDisposeScope();
        TensorFiles.Save(Path.Combine(directory, FileName), ResponseGates.Named(gated), new Dictionary<string, string>
        {
            [LowMember] = range.Low.ToString("R", CultureInfo.InvariantCulture),
            [HighMember] = range.High.ToString("R", CultureInfo.InvariantCulture),
        });
        return result;
    }

    /// <summary>Turns the model of the folder, which is at the centre of the range, into that of a λ.</summary>
    /// <param name="model">Changed in place.</param>
    /// <param name="penalty">λ.</param>
    /// <exception cref="UsageException">λ is outside of the range that was trained.</exception>
    /// <exception cref="BadInputException">The gates are damaged, or of another model.</exception>
    public void MoveTo(LanguageModel model, double penalty)
    {
        if (!Range.Contains(penalty))
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"λ {penalty} is outside of {Range.Low} to {Range.High}, which the response network was trained over; what its gates say there is a guess."));
        }

        using IDisposable scope = NewDisposeScope();
        var gates = TensorFiles.Load(_path);
        foreach (var (name, width) in ResponseGates.NamesFor(model))
        {
            if (!gates.TryGetValue(name, out var gate) || !gate.shape.SequenceEqual([width]))
            {
                throw new BadInputException(_path, $"\"{name}\" is missing or isn't of {width} numbers", remedy: "The gates belong to another model.");
            }
        }

        ResponseGates.Move(model, gates, Range.Eta(Range.Centre), Range.Eta(penalty));
    }
}
