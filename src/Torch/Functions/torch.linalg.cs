using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra over the last two dimensions, batched over the others.</summary>
    public static class linalg
    {
        public enum QRMode
        {
            Reduced,
            Complete,
            R,
        }

        /// <summary>Lower triangular L with A = L Lᵀ.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">The matrix is not positive definite.</exception>
        public static Tensor cholesky(Tensor input) => Aten.LinalgCholesky.Call(input);

        public static (Tensor L, Tensor info) cholesky_ex(Tensor input, bool check_errors = false) =>
            Aten.LinalgCholeskyEx.CallPair(input, false, check_errors);

        /// <summary>Eigenvalues in ascending order and, in columns, eigenvectors of a symmetric matrix.</summary>
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Aten.LinalgEigh.CallPair(input, UPLO.ToString());

        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Aten.LinalgEigvalsh.Call(input, UPLO.ToString());

        public static (Tensor, Tensor) eig(Tensor input) => Aten.LinalgEig.CallPair(input);

        public static Tensor inv(Tensor input) => Aten.LinalgInv.Call(input);

        public static (Tensor L, Tensor info) inv_ex(Tensor input, bool check_errors = false) =>
            Aten.LinalgInvEx.CallPair(input, check_errors);

        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Aten.LinalgPinvAtolRtolFloat.Call(input, atol, rtol, hermitian);

        /// <summary>X with A X = B.</summary>
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Aten.LinalgSolve.Call(A, B, left);

        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false) =>
            Aten.LinalgSolveTriangular.Call(A, B, upper, left, unitriangular);

        public static (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other)
        {
            var parts = Aten.LinalgLstsq.CallList(input, other);
            return (parts[0], parts[1], parts[2], parts[3]);
        }

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) =>
            Aten.LinalgQr.CallPair(input, mode switch { QRMode.Complete => "complete", QRMode.R => "r", _ => "reduced" });

        /// <summary>A = U diag(S) Vh, singular values in descending order.</summary>
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) =>
            Aten.LinalgSvd.CallTriple(input, fullMatrices);

        public static Tensor svdvals(Tensor input) => Aten.LinalgSvdvals.Call(input);

        public static Tensor det(Tensor input) => Aten.LinalgDet.Call(input);

        public static (Tensor, Tensor) slogdet(Tensor input) => Aten.LinalgSlogdet.CallPair(input);

        public static Tensor diagonal(Tensor input, int offset = 0, int dim1 = -2, int dim2 = -1) => input.diagonal(offset, dim1, dim2);

        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNormOrdStr.Call(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNorm.Call(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNorm.Call(input, (double)ord, dims, keepdim);

        /// <summary>The 2-norm of all elements, or the Frobenius norm over two dimensions.</summary>
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNorm.Call(input, Value.None, dims, keepdim);

        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgVectorNorm.Call(input, ord, dims, keepdim);

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgMatrixNormStrOrd.Call(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgMatrixNorm.Call(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor matrix_rank(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Aten.LinalgMatrixRankAtolRtolFloat.Call(input, atol, rtol, hermitian);

        public static Tensor multi_dot(IList<Tensor> tensors) => Aten.LinalgMultiDot.Call(AsArray(tensors));

        public static Tensor matrix_exp(Tensor input) => Aten.LinalgMatrixExp.Call(input);

        public static Tensor vecdot(Tensor x, Tensor y, long dim = -1) => Aten.LinalgVecdot.Call(x, y, dim);
    }
}
