using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Aten.ToDevice.Call(this, device, type, non_blocking, copy), disposeAfter);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Aten.ToDtype.Call(this, type, non_blocking, copy), disposeAfter);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Converted(Aten.ToDevice.Call(this, device, dtype, non_blocking, copy), disposeAfter);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(
            DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => Aten.ToOther.Call(this, other, non_blocking);

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(type, copy, disposeAfter, non_blocking);

        public Tensor type_as(Tensor tensor) => Aten.TypeAs.Call(this, tensor);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor cpu() => to(CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor pin_memory() => Aten.PinMemory.Call(this);

        public Tensor @bool() => to(ScalarType.Bool);

        public Tensor @byte() => to(ScalarType.Byte);

        public Tensor @char() => to(ScalarType.Int8);

        public Tensor @short() => to(ScalarType.Int16);

        public Tensor @int() => to(ScalarType.Int32);

        public Tensor @long() => to(ScalarType.Int64);

        public Tensor half() => to(ScalarType.Float16);

        public Tensor bfloat16() => to(ScalarType.BFloat16);

        public Tensor @float() => to(ScalarType.Float32);

        public Tensor @double() => to(ScalarType.Float64);

        public static explicit operator float(Tensor value) => value.ToScalar().ToSingle();

        public static explicit operator double(Tensor value) => value.ToScalar().ToDouble();

        public static explicit operator sbyte(Tensor value) => value.ToScalar().ToSByte();

        public static explicit operator byte(Tensor value) => value.ToScalar().ToByte();

        public static explicit operator short(Tensor value) => value.ToScalar().ToInt16();

        public static explicit operator int(Tensor value) => value.ToScalar().ToInt32();

        public static explicit operator long(Tensor value) => value.ToScalar().ToInt64();

        public static explicit operator bool(Tensor value) => value.ToScalar().ToBoolean();

        public static implicit operator Tensor(byte value) => tensor(value);

        public static implicit operator Tensor(sbyte value) => tensor(value);

        public static implicit operator Tensor(short value) => tensor(value);

        public static implicit operator Tensor(int value) => tensor(value);

        public static implicit operator Tensor(long value) => tensor(value);

        public static implicit operator Tensor(float value) => tensor(value);

        public static implicit operator Tensor(double value) => tensor(value);

        public static implicit operator Tensor(bool value) => tensor(value);

        public static implicit operator Tensor(byte[] value) => tensor(value);

        public static implicit operator Tensor(sbyte[] value) => tensor(value);

        public static implicit operator Tensor(short[] value) => tensor(value);

        public static implicit operator Tensor(int[] value) => tensor(value);

        public static implicit operator Tensor(long[] value) => tensor(value);

        public static implicit operator Tensor(float[] value) => tensor(value);

        public static implicit operator Tensor(double[] value) => tensor(value);

        public static implicit operator Tensor(bool[] value) => tensor(value);

        public static implicit operator Tensor(Scalar scalar) =>
            Aten.ScalarTensor.Call(scalar, scalar.Type == ScalarType.Float64 ? get_default_dtype() : scalar.Type);

        private Tensor Converted(Tensor result, bool disposeAfter)
        {
            if (disposeAfter && !ReferenceEquals(result, this))
                Dispose();
            return result;
        }
    }
}
