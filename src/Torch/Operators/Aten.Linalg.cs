namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Addbmm = new("addbmm");
    internal static readonly Operator Addmm = new("addmm");
    internal static readonly Operator Addmv = new("addmv");
    internal static readonly Operator Addr = new("addr");
    internal static readonly Operator Baddbmm = new("baddbmm");
    internal static readonly Operator Bmm = new("bmm");
    internal static readonly Operator Cholesky = new("cholesky");
    internal static readonly Operator CholeskyInverse = new("cholesky_inverse");
    internal static readonly Operator CholeskySolve = new("cholesky_solve");
    internal static readonly Operator Det = new("det");
    internal static readonly Operator Dot = new("dot");
    internal static readonly Operator Inner = new("inner");
    internal static readonly Operator Inverse = new("inverse");
    internal static readonly Operator Kron = new("kron");
    internal static readonly Operator LinalgPinv = new("linalg_pinv");
    internal static readonly Operator Logdet = new("logdet");
    internal static readonly Operator Matmul = new("matmul");
    internal static readonly Operator MatrixExp = new("matrix_exp");
    internal static readonly Operator MatrixPower = new("matrix_power");
    internal static readonly Operator Mm = new("mm");
    internal static readonly Operator Mv = new("mv");
    internal static readonly Operator Outer = new("outer");
    internal static readonly Operator Tensordot = new("tensordot");
    internal static readonly Operator Vdot = new("vdot");
}
