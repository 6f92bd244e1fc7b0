using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;

namespace Tda.Scoring.Gradients;

/// <summary>Captures a surrogate. Doesn't own the model.</summary>
/// <param name="model">The model; of one with adapters attached, these are captured.</param>
/// <param name="scope">Which layers. Default those of the blocks.</param>
public sealed class LanguageModelCapture(LanguageModel model, LayerScope scope = LayerScope.Blocks) : IShiftableModel
{
    // Files of tied models name the matrix by the embedding alone.
    private const string HeadOfATiedMatrix = "lm_head";

    /// <summary>The blocks' layers in order, then the LM head and the token embedding where they are tracked.</summary>
    public IReadOnlyList<ModuleShape> Modules { get; } =
    [
        .. model.TrackedLinears.Select(l => new ModuleShape(l.Name, l.Inputs, l.Outputs, l.Bias is not null)),
        .. Ends(model, scope),
    ];

    /// <summary>How much of the model attribution sees.</summary>
    public ParameterCoverage Coverage => new(
        Modules.Where(m => !(IsApart && m.Role == LayerRole.Embedding)).Sum(module => module.Elements), model.Flat.numel());

    /// <inheritdoc/>
    public int MaxPositions => model.Config.MaxPositions;

    /// <inheritdoc/>
    public ScalarType DType => model.WideType;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var taps = TapSet.Create(model, ids.shape[0], ids.shape[1], scope);
        try
        {
            if (model.Recompute && !secondOrder && is_grad_enabled())
            {
                return Recorded(ids, taps);
            }

            // Padding is on the right and attention causal: no length is needed.
            var logits = model.Forward(ids, new ForwardOptions { Taps = taps, SecondOrder = secondOrder });
            return new ForwardCapture(logits, taps.Tensors, taps.Inputs, taps);
        }
        catch
        {
            taps.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="UsageException">The weights are too coarse to be moved by a little, or a matrix's uses would have to be moved apart.</exception>
    public IDisposable Shift(ModuleGradients delta)
    {
        if (model.DType == ScalarType.BFloat16)
        {
            throw new UsageException("This moves weights by less than bfloat16 tells apart: leave out --dtype bfloat16");
        }

        RequireOneUse();
        var weights = new List<(Tensor Weight, Tensor Delta)>();
        for (var m = 0; m < model.TrackedLinears.Count; m++)
        {
            var (linear, d) = (model.TrackedLinears[m], delta.Tensors[m].select(0, 0));
            weights.Add((linear.Weight, d.narrow(1, 0, linear.Inputs)));
            if (linear.Bias is { } bias)
            {
                weights.Add((bias, d.select(1, linear.Inputs)));
            }
        }

        weights.AddRange(Modules.Index().Where(m => m.Item.IsVocabulary).Select(m => (WeightOf(model, m.Item).Tensor, delta.Tensors[m.Index].select(0, 0))));
        return new WeightShift(weights);
    }

    /// <summary>Refuses to move a matrix in one of its uses and not in the other.</summary>
    /// <exception cref="UsageException">LM head and embedding are one matrix, and layers of their own here.</exception>
    public void RequireOneUse()
    {
        if (IsApart)
        {
            throw new UsageException("LM head and embedding are one matrix, and this moves weights: it needs an index with --track tied.");
        }
    }

    /// <summary>The weight of a tracked layer, whose gradient is shaped like it.</summary>
    internal static Parameter WeightOf(LanguageModel model, ModuleShape module) => module.Role switch
    {
        LayerRole.Linear => model.Parameters.Single(parameter => parameter.Name == module.Name + ".weight"),
        LayerRole.Head => model.VocabularyMatrices().Head,
        _ => model.VocabularyMatrices().Embedding,
    };

    /// <summary>The error for a batch that there was no memory for.</summary>
    internal TdaException Shortage(Exception error, long tokens) =>
        MemoryShortage.Explain(error, model.Place, tokens, MemoryEstimate.Capture(model.Config, tokens, model.Place, scope).Total);

    private static IEnumerable<ModuleShape> Ends(LanguageModel model, LayerScope scope)
    {
        if (scope.Ends(model) is not (true, var withEmbedding))
        {
            yield break;
        }

        var ((embedding, head), tied) = (model.VocabularyMatrices(), model.Config.TieEmbeddings);
        if (tied && scope == LayerScope.Tied)
        {
            yield return Shape(Layer(embedding), LayerRole.Tied);
            yield break;
        }

        yield return Shape(tied ? HeadOfATiedMatrix : Layer(head), LayerRole.Head);
        if (withEmbedding)
        {
            yield return Shape(Layer(embedding), LayerRole.Embedding);
        }

        static string Layer(Parameter parameter) => parameter.Name[..^".weight".Length];
        ModuleShape Shape(string name, LayerRole role) => new(name, model.Config.HiddenSize, model.Config.VocabularySize, false, role);
    }

    // One matrix whose uses are tracked as layers of their own.
    private bool IsApart => model.Config.TieEmbeddings && Modules[^1].Role is (LayerRole.Head or LayerRole.Embedding);

    // Inputs come with the gradients: a block's are there once it was computed again.
    private ForwardCapture Recorded(Tensor ids, TapSet taps)
    {
        using var tape = BlockTape.Record(model);
        var logits = model.Forward(ids, new ForwardOptions { Taps = taps });
        var inputs = new Tensor[taps.Count];
        return new ForwardCapture(logits, [], inputs, taps)
        {
            Backward = (output, weight) =>
            {
                var gradients = tape.TapGradients(output, weight);
                taps.Inputs.ToArray().CopyTo(inputs, 0);
                return gradients;
            },
        };
    }
}

/// <summary>How much of a model attribution sees: the rest of its weights can't explain anything.</summary>
/// <param name="Tracked">Weights of the tracked layers, biases included.</param>
/// <param name="All">All weights that were trained: of a model with adapters theirs.</param>
public sealed record ParameterCoverage(long Tracked, long All)
{
    /// <summary>The former over the latter.</summary>
    public double Share => (double)Tracked / All;
}

/// <summary>Adds to some weights, and puts the old values back when disposed of: taking the sum back would leave rounding behind.</summary>
public sealed class WeightShift : IDisposable
{
    private readonly List<(Tensor Weight, Tensor Before)> _kept = [];

    /// <summary>Shifts each weight by its delta, in the weight's type.</summary>
    public WeightShift(IEnumerable<(Tensor Weight, Tensor Delta)> weights)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        foreach (var (weight, delta) in weights)
        {
            _kept.Add((weight, weight.detach().clone().DetachFromDisposeScope()));
            weight.add_(delta.to_type(weight.dtype).to(weight.device));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using var none = no_grad();
        foreach (var (weight, before) in _kept)
        {
            weight.copy_(before);
            before.Dispose();
        }
        _kept.Clear();
    }
}
