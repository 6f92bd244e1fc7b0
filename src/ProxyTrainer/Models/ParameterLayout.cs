using System.Text.RegularExpressions;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Names, shapes and order of a family's parameters in its flat buffer: the blocks' matrices, embeddings and head, then
/// all vectors, so that whatever an optimiser treats alike is one contiguous piece.
/// </summary>
internal static class ParameterLayout
{
    public static IReadOnlyList<ParameterSpec> Of(ModelConfig config)
    {
        IReadOnlyList<ParameterSpec> specs = [.. FamilyDescription.Of(config.Family).Layout(config)];
        return
        [
            .. specs.Concat(config.ResponseGates ? ResponseGates.Layout(specs) : [])
                .OrderBy(spec => spec.IsBlockMatrix ? 0 : spec.IsMatrix ? 1 : 2), // stable
        ];
    }

    /// <summary>The token embedding and the LM head, (V, d) each; one and the same where they are tied.</summary>
    public static (ParameterSpec Embedding, ParameterSpec Head) Ends(ModelConfig config)
    {
        ParameterSpec[] outside = [.. Of(config).Where(spec => spec.IsMatrix && !spec.IsBlockMatrix)];
        return (outside[0], config.TieEmbeddings ? outside[0] : outside[^1]);
    }

    /// <summary>Weights of attention's and MLP's linear layers, which attribution sees in any case; biases not counted.</summary>
    public static long TrackedCount(ModelConfig config) => Of(config).Where(spec => spec.IsBlockMatrix).Sum(spec => spec.Count);
}

/// <summary>A parameter of a model that needn't exist yet.</summary>
/// <param name="Name">Hugging Face's tensor name.</param>
/// <param name="Shape">As held in memory; a linear layer's weight is (out, in).</param>
/// <param name="Init">How it starts.</param>
/// <param name="StoredTransposed">The file holds (in, out): gpt2's Conv1D layers.</param>
internal sealed partial record ParameterSpec(string Name, long[] Shape, ParameterInit Init, bool StoredTransposed = false)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    public bool IsMatrix => Shape.Length > 1;

    /// <summary>A weight of a linear layer of attention or MLP, as opposed to embeddings and head.</summary>
    public bool IsBlockMatrix => IsMatrix && BlockOf(Name) >= 0;

    /// <summary>The layer whose weight it is: its name without <c>.weight</c>.</summary>
    public string Layer => Name[..^".weight".Length];

    /// <summary>The number of the block that a name belongs to; −1: embeddings, head, last norm.</summary>
    public static int BlockOf(string name) => BlockNumber().Match(name) is { Success: true } match
        ? int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
        : -1;

    [GeneratedRegex(@"\.(?:layers|h)\.(\d+)\.")]
    private static partial Regex BlockNumber();

    /// <summary>A LayerNorm's weight and bias.</summary>
    public static ParameterSpec[] Norm(string name, long size) =>
        [new(name + ".weight", [size], ParameterInit.One), new(name + ".bias", [size], ParameterInit.Zero)];

    /// <summary>A linear layer's weight, and its bias where it has one.</summary>
    public static ParameterSpec[] Linear(string name, long outputs, long inputs, bool bias, ParameterInit init, bool storedTransposed = false)
    {
        var weight = new ParameterSpec(name + ".weight", [outputs, inputs], init, storedTransposed);
        return bias ? [weight, new(name + ".bias", [outputs], ParameterInit.Zero)] : [weight];
    }
}

internal enum ParameterInit
{
    /// <summary>N(0, σ²) with σ the configuration's initializer range.</summary>
    Normal,

    /// <summary>As <see cref="Normal"/>, σ divided by √(2·layers): the residual stream's variance stays the same at any depth.</summary>
    Residual,

    Zero,

    One,
}

/// <summary>
/// GPT-2's initialisation. The numbers come from our own generator, not LibTorch's: a seed means the same model with
/// every LibTorch, on every device.
/// </summary>
internal static class ParameterInitializer
{
    // Even, since normal numbers come in pairs; small, since an embedding of them beside the model would be half as large again.
    private const long Piece = 1 << 20;

    public static void Initialize(LanguageModel model, long seed)
    {
        var specs = ParameterLayout.Of(model.Config);
        var residual = model.Config.InitializerRange / Math.Sqrt(2.0 * model.Config.Layers);
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        for (var i = 0; i < specs.Count; i++)
        {
            var target = model.Parameters[i].Tensor;
            switch (specs[i].Init)
            {
                case ParameterInit.One:
                    target.fill_(1);
                    break;
                case ParameterInit.Normal or ParameterInit.Residual:
                    var scale = specs[i].Init == ParameterInit.Normal ? model.Config.InitializerRange : residual;
                    // A stream a parameter: adding layers doesn't change the start of the others.
                    var random = SplitMix64.Of(seed, specs[i].Name);
                    for (long start = 0; start < specs[i].Count; start += Piece)
                    {
                        using IDisposable piece = NewDisposeScope();
                        var count = Math.Min(Piece, specs[i].Count - start);
                        model.Flat.narrow(0, model.Parameters[i].Offset + start, count).copy_(tensor(random.Normals(count, scale)));
                    }

                    break;
            }
        }
    }
}
