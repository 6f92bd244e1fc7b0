using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;

namespace Tda.ProxyTrainer.Checkpoints;

/// <summary>A saved state of a training run: a model folder, or that of a model's adapters, and the optimiser's state.</summary>
/// <param name="Directory">Its folder, <c>…/step-000123</c>.</param>
/// <param name="Step">Steps taken.</param>
public sealed record Checkpoint(string Directory, int Step)
{
    internal const string Format = "tda.checkpoint";
    internal const int Version = 1;
    internal const string OptimizerFile = "optimizer.safetensors";
    internal const string HistoryFile = "training.json";
    private const string Prefix = "step-";

    /// <summary>The finished checkpoints in a directory, oldest first; none when it isn't there.</summary>
    public static IReadOnlyList<Checkpoint> List(string directory) => !System.IO.Directory.Exists(directory)
        ? []
        : [.. System.IO.Directory.EnumerateDirectories(directory, Prefix + "*")
            .Select(path => (path, parsed: int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step), step))
            .Where(found => found.parsed)
            .Select(found => new Checkpoint(found.path, found.step))
            .OrderBy(checkpoint => checkpoint.Step)];

    /// <summary>
    /// The model as it was; the caller disposes of it. Of a training of adapters those alone are kept: the base stands two folders up, in the
    /// surrogate, and the adapters are attached to it.
    /// </summary>
    /// <exception cref="BadInputException">A file is missing or damaged.</exception>
    public LanguageModel Load()
    {
        if (!AdapterFolder.Is(Directory))
        {
            return LanguageModel.Load(Directory);
        }

        var model = LanguageModel.LoadBase(Path.GetFullPath(Path.Combine(Directory, "..", "..")));
        AdapterFolder.Attach(model, Directory);
        return model;
    }

    /// <summary>AdamW's second moments v in the order of the model's flat buffer, which unrolled attribution needs.</summary>
    /// <exception cref="BadInputException">The file is missing, damaged or of another model.</exception>
    public Tensor SecondMoments(LanguageModel model)
    {
        var flat = zeros_like(model.Flat);
        ReadState(model, new Dictionary<string, Tensor> { ["exp_avg_sq"] = flat });
        return flat;
    }

    /// <summary>
    /// Everything that its optimiser saved, by name, in the current dispose scope: of a weight <c>NAME.exp_avg</c> and the like, and matrices under
    /// names of their own.
    /// </summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public IReadOnlyDictionary<string, Tensor> OptimizerState() => TensorFiles.Load(Path.Combine(Directory, OptimizerFile));

    internal static string NameOf(int step) => Prefix + step.ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>Copies what was saved into flat tensors, and into tensors of other shapes.</summary>
    internal void ReadState(LanguageModel model, IReadOnlyDictionary<string, Tensor> state, IReadOnlyDictionary<string, Tensor>? matrices = null)
    {
        var path = Path.Combine(Directory, OptimizerFile);
        using IDisposable scope = NewDisposeScope();
        IReadOnlyDictionary<string, Tensor> stored = TensorFiles.Load(path);
        foreach ((var name, var flat) in state)
        {
            var found = ModelFiles.Restore(path, stored, model, flat, "." + name).Count();
            if (found < model.Parameters.Count)
            {
                throw new BadInputException(path, $"{model.Parameters.Count - found} tensors \"….{name}\" are missing");
            }
        }

        foreach ((var name, var target) in matrices ?? new Dictionary<string, Tensor>())
        {
            using var gradients = no_grad();
            var saved = stored.GetValueOrDefault(name) ?? throw new BadInputException(path, $"tensor \"{name}\" is missing");
            target.copy_(saved.shape.SequenceEqual(target.shape) ? saved : throw new BadInputException(
                path, $"\"{name}\" has shape ({string.Join(", ", saved.shape)}), the optimiser needs ({string.Join(", ", target.shape)})"));
        }
    }
}
