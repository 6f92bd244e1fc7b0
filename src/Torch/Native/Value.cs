using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using TorchSharp;

namespace Tda.Torch.Native;

/// <summary>
/// An argument on its way to <see cref="Operator"/>: its bits, and the managed object that must outlive the call.
/// Numbers and tensors carry their bits; lists are copied to the stack by the call itself.
/// </summary>
internal readonly struct Value
{
    private static readonly ConcurrentDictionary<string, byte[]> Texts = new();

    internal readonly object? Owner;
    internal readonly long Bits;
    internal readonly SlotTag Tag;
    internal readonly int Count;

    private Value(SlotTag tag, long bits, object? owner = null, int count = 0)
    {
        Tag = tag;
        Bits = bits;
        Owner = owner;
        Count = count;
    }

    /// <summary>An absent optional argument.</summary>
    internal static Value None => default;

    /// <summary>Stands for the schema's default in the middle of an argument list.</summary>
    internal static Value Default => new(SlotTag.Default, 0);

    public static implicit operator Value(torch.Tensor? tensor) =>
        tensor is null ? default : new Value(SlotTag.Tensor, tensor.Handle, tensor);

    public static implicit operator Value(long value) => new(SlotTag.Int, value);

    public static implicit operator Value(long? value) => value is { } v ? new Value(SlotTag.Int, v) : default;

    public static implicit operator Value(double value) => new(SlotTag.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Value(double? value) => value is { } v ? (Value)v : default;

    public static implicit operator Value(bool value) => new(SlotTag.Bool, value ? 1 : 0);

    public static implicit operator Value(Scalar? value) => value is null ? default : new Value(value.Tag, value.Bits);

    public static implicit operator Value(torch.ScalarType type) => new(SlotTag.Int, (long)type);

    public static implicit operator Value(torch.ScalarType? type) => type is { } t ? new Value(SlotTag.Int, (long)t) : default;

    public static implicit operator Value(torch.Device? device) =>
        device is null ? default : new Value(SlotTag.Device, device.index, null, (int)device.type);

    public static implicit operator Value(torch.Generator? generator) =>
        generator is null ? default : new Value(SlotTag.Generator, generator.Handle, generator);

    public static implicit operator Value(long[]? list) =>
        list is null ? default : new Value(SlotTag.IntList, 0, list, list.Length);

    public static implicit operator Value(torch.Tensor[] list) => new(SlotTag.TensorList, 0, list, list.Length);

    /// <summary>A list in which null stands for "not given", as advanced indexing needs.</summary>
    internal static Value Optionals(torch.Tensor?[] list) => new(SlotTag.OptionalTensorList, 0, list, list.Length);

    /// <summary>A short constant text such as a rounding mode: its pinned UTF-8 bytes are kept for good.</summary>
    public static unsafe implicit operator Value(string? text)
    {
        if (text is null)
            return default;
        var bytes = Texts.GetOrAdd(text, static t =>
        {
            var pinned = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(t) + 1, pinned: true);
            Encoding.UTF8.GetBytes(t, pinned);
            return pinned;
        });
        return new Value(SlotTag.String, (long)(nint)Unsafe.AsPointer(ref bytes[0]), bytes, bytes.Length - 1);
    }
}
