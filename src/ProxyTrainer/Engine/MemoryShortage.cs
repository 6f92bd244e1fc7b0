using System.Runtime.InteropServices;
using TorchSharp;

namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Memory that ran out inside LibTorch, as an error that says what the job needs and what to lower. LibTorch has one type of exception for
/// everything and no code: what it says of an allocation that failed, on the CPU or a GPU, is the only sign there is.
/// </summary>
/// <remarks>An allocation that fails inside a backward pass ends the process, as any native error there does: see <see cref="Autograd"/>.</remarks>
public static class MemoryShortage
{
    private static readonly string[] Signs = ["out of memory", "can't allocate memory", "not enough memory"];

    /// <summary>Whether this, or what it was thrown for, is an allocation that failed.</summary>
    public static bool IsCauseOf(Exception error) => error switch
    {
        AggregateException several => several.InnerExceptions.Any(IsCauseOf),
        ExternalException or OutOfMemoryException => error is OutOfMemoryException || Array.Exists(Signs, sign => error.Message.Contains(sign, StringComparison.OrdinalIgnoreCase)),
        _ => error.InnerException is { } inner && IsCauseOf(inner),
    };

    /// <summary>The error to show instead.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="place">Where it happened.</param>
    /// <param name="tokens">Tokens that were computed at once.</param>
    /// <param name="bytes">What the pass was planned to need.</param>
    public static TdaException Explain(Exception error, ComputePlace place, long tokens, long bytes)
    {
        var lower = new List<string> { "a shorter --context" };
        if (!place.Recompute)
        {
            lower.Add("--recompute");
        }

        if (place.DType != ScalarType.BFloat16)
        {
            lower.Add("--dtype bfloat16");
        }

        if (place.Device.type != DeviceType.CPU)
        {
            lower.Add("--device cpu");
        }

        return new TdaException(string.Create(
            CultureInfo.InvariantCulture,
            $"{place.Device} has no memory left: {tokens:N0} tokens at once were planned with {bytes / (double)(1 << 30):F1} GiB, beside what others use. "
                + $"What helps: {string.Join(", ", lower)}."), error);
    }
}
