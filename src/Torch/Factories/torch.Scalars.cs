namespace TorchSharp;

public static partial class torch
{
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(byte scalar, Device? device = null, bool requires_grad = false) =>
        Single(scalar, null, device, requires_grad);

    public static Tensor tensor(byte scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(sbyte scalar, Device? device = null, bool requires_grad = false) =>
        Single(scalar, null, device, requires_grad);

    public static Tensor tensor(sbyte scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(short scalar, Device? device = null, bool requires_grad = false) =>
        Single(scalar, null, device, requires_grad);

    public static Tensor tensor(short scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) =>
        Single(scalar, null, device, requires_grad);

    public static Tensor tensor(int scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(Half scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) =>
        Single(scalar, null, device, requires_grad);

    public static Tensor tensor(float scalar, ScalarType? dtype, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Single(scalar, dtype, device, requires_grad);

    private static Tensor Single<T>(T value, ScalarType? dtype, Device? device, bool requires_grad)
        where T : unmanaged => FromHost<T>([value], [], dtype, device, requires_grad, null);
}
