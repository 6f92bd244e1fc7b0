using Tda.Torch.Native;

namespace TorchSharp;

/// <summary>A number of unspecified element type: operators give it the type of the tensors around it.</summary>
public sealed class Scalar : IDisposable
{
    internal Scalar(SlotTag tag, long bits)
    {
        Tag = tag;
        Bits = bits;
    }

    private Scalar(long value)
        : this(SlotTag.Int, value)
    {
    }

    private Scalar(double value)
        : this(SlotTag.Double, BitConverter.DoubleToInt64Bits(value))
    {
    }

    public torch.ScalarType Type => Tag switch
    {
        SlotTag.Int => torch.ScalarType.Int64,
        SlotTag.Bool => torch.ScalarType.Bool,
        _ => torch.ScalarType.Float64,
    };

    internal SlotTag Tag { get; }

    internal long Bits { get; }

    internal double Double => Tag == SlotTag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Int64 => Tag == SlotTag.Double ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;

    public static implicit operator Scalar(byte value) => new((long)value);

    public static implicit operator Scalar(sbyte value) => new((long)value);

    public static implicit operator Scalar(short value) => new((long)value);

    public static implicit operator Scalar(int value) => new((long)value);

    public static implicit operator Scalar(long value) => new(value);

    public static implicit operator Scalar(Half value) => new((double)value);

    public static implicit operator Scalar(float value) => new((double)value);

    public static implicit operator Scalar(double value) => new(value);

    public static implicit operator Scalar(bool value) => new(SlotTag.Bool, value ? 1 : 0);

    /// <summary>Nothing to free: a scalar here is a plain value. Kept because the API has it.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    public override string ToString() => Tag switch
    {
        SlotTag.Int => Bits.ToString(System.Globalization.CultureInfo.InvariantCulture),
        SlotTag.Bool => Bits != 0 ? "true" : "false",
        _ => Double.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
