using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Reads the weights of a model folder, one file or shards, in pieces of a few MiB: beside the model nothing of its size is held. Files are read, not mapped, since pages
/// of a mapped file count as the process's memory until the system needs them.
/// </summary>
internal static class WeightReader
{
    /// <summary>Bytes of a piece, unless a row has more.</summary>
    private const long PieceBytes = 16 << 20;

    private delegate void Visitor(int parameter, long row, Tensor rows);

    /// <summary>Reads all weights into a model of the folder's configuration, whatever the files' type.</summary>
    /// <exception cref="BadInputException">A file or a tensor is missing, damaged, of another shape, or unknown to the configuration.</exception>
    public static void Read(LanguageModel model, string directory) => Visit(directory, model.Config, default, (parameter, row, rows) =>
    {
        var target = model.Parameters[parameter];
        var stored = target.StoredTransposed ? target.Tensor.detach().t() : target.Tensor.detach();
        stored.narrow(0, row, rows.shape[0]).copy_(rows);
    });

    /// <summary>Refuses what <see cref="Read"/> would, and weights that are no numbers, without holding any.</summary>
    /// <exception cref="BadInputException">As of <see cref="Read"/>, or a tensor holds NaN or infinity; says which.</exception>
    public static void Check(string directory, ModelConfig config, IProgressSink progress, CancellationToken cancellation)
    {
        var specs = ParameterLayout.Of(config);
        using var task = progress.Start("weights", config.ParameterCount, "parameters");
        long done = 0;
        Visit(directory, config, cancellation, (parameter, _, rows) =>
        {
            if (!rows.isfinite().all().item<bool>())
            {
                throw new BadInputException(directory, $"\"{specs[parameter].Name}\" holds numbers that aren't finite");
            }

            task.Report(done += rows.numel());
        });
    }

    private static void Visit(string directory, ModelConfig config, CancellationToken cancellation, Visitor visit)
    {
        NativeEngine.Load();
        using var gradients = no_grad();
        var specs = ParameterLayout.Of(config);
        var missing = specs.Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in ModelFiles.WeightFiles(directory))
        {
            using var file = SafetensorsFile.Open(Path.Combine(directory, name));
            RequireKnown(file, specs, config);
            for (var i = 0; i < specs.Count; i++)
            {
                var stored = file.Entries.ContainsKey(specs[i].Name) ? specs[i].Name : ModelFiles.ShortName(specs[i].Name);
                if (file.Entries.ContainsKey(stored))
                {
                    var parameter = i;
                    ReadRows(file, stored, specs[i], cancellation, (row, rows) => visit(parameter, row, rows));
                    missing.Remove(specs[i].Name);
                }
            }
        }

        if (missing.Count > 0)
        {
            throw new BadInputException(
                Path.Combine(directory, ModelFiles.Weights), $"{missing.Count} tensors are missing, the first is \"{missing.Order(StringComparer.Ordinal).First()}\"");
        }
    }

    private static void ReadRows(SafetensorsFile file, string name, ParameterSpec spec, CancellationToken cancellation, Action<long, Tensor> visit)
    {
        var entry = file.Entry(name);
        var shape = spec.StoredTransposed ? [.. spec.Shape.Reverse()] : spec.Shape;
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw new BadInputException(
                file.Path, $"\"{spec.Name}\" has shape ({string.Join(", ", entry.Shape)}), which doesn't fit the configuration",
                remedy: "Check that config.json belongs to these weights.");
        }

        if (!TensorTypes.ByName.TryGetValue(entry.DType, out var type) || !TensorTypes.IsFloating(type))
        {
            throw new BadInputException(file.Path, $"\"{spec.Name}\" has the element type {entry.DType}, which weights don't have");
        }

        using var data = file.OpenData(name);
        var rowBytes = Math.Max(1, (entry.End - entry.Begin) / Math.Max(1, shape[0]));
        var most = Math.Max(1, PieceBytes / rowBytes);
        for (long row = 0; row < shape[0]; row += most)
        {
            cancellation.ThrowIfCancellationRequested();
            using IDisposable scope = NewDisposeScope();
            var rows = empty([Math.Min(most, shape[0] - row), .. shape[1..]], type);
            HostMemory.Read(data, rows);
            visit(row, rows);
        }
    }

    // What the configuration doesn't know would be left out of the computation.
    private static void RequireKnown(SafetensorsFile file, IReadOnlyList<ParameterSpec> specs, ModelConfig config)
    {
        var family = FamilyDescription.Of(config.Family);
        var known = specs.SelectMany(spec => (string[])[spec.Name, ModelFiles.ShortName(spec.Name)]).ToHashSet(StringComparer.Ordinal);
        var unknown = file.Entries.Keys.FirstOrDefault(
            name => !known.Contains(name) && !family.IsBuffer(name) && !(config.TieEmbeddings && name is "lm_head.weight" or "embed_out.weight"));
        if (unknown is not null)
        {
            throw new BadInputException(
                file.Path, $"\"{unknown}\" is no tensor of a {family.ModelType} model with this configuration", remedy: "Check that config.json belongs to these weights.");
        }
    }
}
