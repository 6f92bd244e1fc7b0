using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Tensors over memory that someone else owns: a mapped file's pages enter an operator without being copied.</summary>
public static class HostView
{
    /// <summary>
    /// A tensor over float32 numbers, row-major, in the caller's dispose scope. Read only. With TorchSharp's package, which has no such
    /// call, it is a copy.
    /// </summary>
    /// <param name="numbers">Mapped or pinned memory, which must stay where it is until the tensor and its views are disposed of.</param>
    /// <param name="shape">Its product is the number of elements.</param>
    public static unsafe Tensor Of(ReadOnlySpan<float> numbers, params long[] shape)
    {
        if (shape.Aggregate(1L, (product, size) => checked(product * size)) != numbers.Length)
        {
            throw new ArgumentException($"{numbers.Length} elements do not fill the shape [{string.Join(", ", shape)}].", nameof(shape));
        }

        return tensor(numbers.ToArray(), shape);
    }
}
