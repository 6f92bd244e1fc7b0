using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Gradients;

/// <summary>
/// Projections as safetensors: <c>M.input_projection</c> (k_i, columns) and <c>M.output_projection</c> (k_o, out), float64.
/// Random ones are kept too, though their seeds are in the manifest: QR may differ in the last bit between machines.
/// </summary>
public static class ProjectionFile
{
    /// <summary>Writes projections.</summary>
    public static void Save(string path, Projector projector)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (module, p) in projector.Modules.Zip(projector.Projections))
        {
            tensors[module.Name + ".input_projection"] = p.Input.to_type(ScalarType.Float64).cpu();
            tensors[module.Name + ".output_projection"] = p.Output.to_type(ScalarType.Float64).cpu();
        }
        TensorFiles.Save(path, tensors);
    }

    /// <summary>Reads the projections of exactly these modules.</summary>
    /// <exception cref="BadInputException">The file is damaged or belongs to another surrogate.</exception>
    public static Projector Load(string path, IReadOnlyList<ModuleShape> modules, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var tensors = TensorFiles.Load(path);
        var read = modules.Select(m => new ModuleProjection(
            Take(m.Name + ".input_projection", m.Columns), Take(m.Name + ".output_projection", m.Outputs)));
        return new Projector(modules, read, dtype, device);

        Tensor Take(string name, long columns) =>
            tensors.TryGetValue(name, out var t) && t.shape.Length == 2 && t.shape[1] == columns && t.shape[0] <= columns
                ? t
                : throw new BadInputException(
                    path, $"has no '{name}' with {columns} columns",
                    remedy: "The index belongs to another surrogate: make it again with tda index.");
    }
}
