using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Derivatives of tensors with respect to others.</summary>
    public static partial class autograd
    {
        /// <summary>
        /// The sums of the outputs' gradients with respect to each input: vector–Jacobian products with
        /// <paramref name="grad_outputs"/>, which may be omitted for outputs of one element.
        /// </summary>
        /// <param name="retain_graph">Keep the graph for another call. Unlike in Python, not implied by create_graph.</param>
        /// <param name="create_graph">Make the gradients differentiable themselves.</param>
        /// <param name="allow_unused">Return null for an input that no output depends on, instead of failing.</param>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs,
            IList<Tensor> inputs,
            IList<Tensor>? grad_outputs = null,
            bool retain_graph = false,
            bool create_graph = false,
            bool allow_unused = false)
        {
            var results = new long[inputs.Count];
            int count;
            fixed (long* o = Handles(outputs), i = Handles(inputs), g = Handles(grad_outputs), r = results)
                count = Bridge.tda_autograd(
                    o, outputs.Count, i, inputs.Count, g, grad_outputs?.Count ?? 0,
                    Flag(retain_graph), Flag(create_graph), Flag(allow_unused), r);
            Keep(outputs);
            Keep(inputs);
            Keep(grad_outputs);
            Bridge.Check(count);
            return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle));
        }

        /// <summary>Accumulates gradients into the leaves, or into <paramref name="inputs"/> alone.</summary>
        public static unsafe void backward(
            IList<Tensor> tensors,
            IList<Tensor>? grad_tensors = null,
            bool? retain_graph = null,
            bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            int result;
            fixed (long* t = Handles(tensors), g = Handles(grad_tensors), i = Handles(inputs))
                result = Bridge.tda_backward(
                    t, tensors.Count, g, grad_tensors?.Count ?? 0,
                    Flag(retain_graph ?? create_graph), Flag(create_graph), i, inputs?.Count ?? 0);
            Keep(tensors);
            Keep(grad_tensors);
            Keep(inputs);
            Bridge.Check(result);
        }

        public static void backward(
            Tensor tensor,
            IList<Tensor>? grad_tensors = null,
            bool? retain_graph = null,
            bool create_graph = false,
            IList<Tensor>? inputs = null) => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        private static int Flag(bool value) => value ? 1 : 0;

        private static long[] Handles(IList<Tensor>? tensors)
        {
            if (tensors is null)
                return [];
            var handles = new long[tensors.Count];
            for (var i = 0; i < handles.Length; i++)
                handles[i] = tensors[i] is { } tensor ? tensor.Handle : 0;
            return handles;
        }

        private static void Keep(IList<Tensor>? tensors) => GC.KeepAlive(tensors);
    }
}
