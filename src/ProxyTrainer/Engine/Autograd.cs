using System.Runtime.CompilerServices;

namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Gradients, checked before LibTorch is called: TorchSharp's <c>autograd.grad</c> has no handler on the native side, so an error inside
/// it would end the process. Everything that differentiates goes through here.
/// </summary>
public static class Autograd
{
    // Outputs whose graph a call has freed; held weakly, since tensors come and go by the thousands.
    private static readonly ConditionalWeakTable<Tensor, object> Freed = [];

    static Autograd() => NativeEngine.Load();

    /// <summary><c>Σ_i g_iᵀ ∂outputs_i/∂inputs</c>, a tensor for each input, in the current dispose scope.</summary>
    /// <param name="outputs">What is differentiated; each must require a gradient.</param>
    /// <param name="inputs">By what; each must require a gradient and be part of the outputs' graph.</param>
    /// <param name="weights">g, of the outputs' shapes; may be null where every output is a single number (g = 1).</param>
    /// <param name="retainGraph">Keeps the graph for another call. Implied by <paramref name="createGraph"/>.</param>
    /// <param name="createGraph">The result can be differentiated again; the forward pass must have said so (second order).</param>
    /// <exception cref="ArgumentException">A tensor that can't be differentiated, or shapes or types that don't fit: names it.</exception>
    /// <exception cref="InvalidOperationException">The graph was freed by an earlier call.</exception>
    public static Tensor[] Grad(
        IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? weights = null,
        bool retainGraph = false, bool createGraph = false)
    {
        var gradients = GradOrNull(outputs, inputs, weights, retainGraph, createGraph);
        var missing = Array.IndexOf(gradients, null);
        return missing < 0 ? [.. gradients.Select(gradient => gradient!)] : throw new ArgumentException($"Input {missing} is not part of the outputs' graph.", nameof(inputs));
    }

    /// <summary>As <see cref="Grad"/>, with null for an input that is not part of the outputs' graph.</summary>
    /// <inheritdoc cref="Grad"/>
    public static Tensor?[] GradOrNull(
        IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? weights = null,
        bool retainGraph = false, bool createGraph = false)
    {
        Check(outputs, inputs, weights);
        var gradients = autograd.grad([.. outputs], [.. inputs], weights is null ? null : [.. weights], retainGraph || createGraph, createGraph, true);
        if (!retainGraph && !createGraph)
        {
            foreach (var output in outputs)
            {
                Freed.AddOrUpdate(output, Freed);
            }
        }

        return [.. gradients.Select(gradient => gradient is null || gradient.IsInvalid ? null : gradient)];
    }

    private static void Check(IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? weights)
    {
        if (outputs.Count == 0 || inputs.Count == 0)
        {
            throw new ArgumentException($"{outputs.Count} outputs and {inputs.Count} inputs: there must be one of each at least.");
        }

        if (weights is not null && weights.Count != outputs.Count)
        {
            throw new ArgumentException($"{weights.Count} weights for {outputs.Count} outputs.", nameof(weights));
        }

        for (var i = 0; i < outputs.Count; i++)
        {
            var output = outputs[i];
            if (!output.requires_grad)
            {
                throw new ArgumentException($"Output {i} requires no gradient: it depends on nothing that does.", nameof(outputs));
            }

            if (Freed.TryGetValue(output, out _))
            {
                throw new InvalidOperationException($"The graph of output {i} was freed by an earlier call: pass retainGraph to that one.");
            }

            if (weights is null)
            {
                if (output.numel() != 1)
                {
                    throw new ArgumentException($"Output {i} has {output.numel()} elements: without weights it must be one number.", nameof(outputs));
                }
            }
            else if (!weights[i].shape.AsSpan().SequenceEqual(output.shape))
            {
                throw new ArgumentException(
                    $"Weight {i} has the shape [{string.Join(", ", weights[i].shape)}], output {i} [{string.Join(", ", output.shape)}].", nameof(weights));
            }
            else if (weights[i].dtype != output.dtype || weights[i].device.ToString() != output.device.ToString())
            {
                throw new ArgumentException(
                    $"Weight {i} is {weights[i].dtype} on {weights[i].device}, output {i} {output.dtype} on {output.device}.", nameof(weights));
            }
        }

        for (var i = 0; i < inputs.Count; i++)
        {
            if (!inputs[i].requires_grad)
            {
                throw new ArgumentException($"Input {i} requires no gradient.", nameof(inputs));
            }
        }
    }
}
