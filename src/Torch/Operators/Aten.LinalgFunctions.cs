namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator LinalgCholesky = new("linalg_cholesky");
    internal static readonly Operator LinalgCholeskyEx = new("linalg_cholesky_ex");
    internal static readonly Operator LinalgDet = new("linalg_det");
    internal static readonly Operator LinalgEig = new("linalg_eig");
    internal static readonly Operator LinalgEigh = new("linalg_eigh");
    internal static readonly Operator LinalgEigvalsh = new("linalg_eigvalsh");
    internal static readonly Operator LinalgInv = new("linalg_inv");
    internal static readonly Operator LinalgInvEx = new("linalg_inv_ex");
    internal static readonly Operator LinalgLstsq = new("linalg_lstsq");
    internal static readonly Operator LinalgMatrixExp = new("linalg_matrix_exp");
    internal static readonly Operator LinalgMatrixNorm = new("linalg_matrix_norm");
    internal static readonly Operator LinalgMatrixNormStrOrd = new("linalg_matrix_norm", "str_ord");
    internal static readonly Operator LinalgMatrixRankAtolRtolFloat = new("linalg_matrix_rank", "atol_rtol_float");
    internal static readonly Operator LinalgMultiDot = new("linalg_multi_dot");
    internal static readonly Operator LinalgNorm = new("linalg_norm");
    internal static readonly Operator LinalgNormOrdStr = new("linalg_norm", "ord_str");
    internal static readonly Operator LinalgPinvAtolRtolFloat = new("linalg_pinv", "atol_rtol_float");
    internal static readonly Operator LinalgQr = new("linalg_qr");
    internal static readonly Operator LinalgSlogdet = new("linalg_slogdet");
    internal static readonly Operator LinalgSolve = new("linalg_solve");
    internal static readonly Operator LinalgSolveTriangular = new("linalg_solve_triangular");
    internal static readonly Operator LinalgSvd = new("linalg_svd");
    internal static readonly Operator LinalgSvdvals = new("linalg_svdvals");
    internal static readonly Operator LinalgVecdot = new("linalg_vecdot");
    internal static readonly Operator LinalgVectorNorm = new("linalg_vector_norm");
}
