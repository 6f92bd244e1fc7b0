namespace Tda.Scoring.Curvature;

/// <summary>
/// K-FAC (Martens and Grosse 2015): Kronecker eigenvalues without EK-FAC's correction, <c>Λ = (tokens/sequences) · λ_S λ_Aᵀ</c>.
/// A and S are means over tokens while G, and EK-FAC's Λ, are means over sequences: the factor is the mean number of tokens of a sequence
/// and puts Λ on the same scale, under K-FAC's assumption that tokens are independent.
/// </summary>
public static class KfacFitter
{
    /// <summary>
    /// Fits factors that <see cref="EkfacPreconditioner"/> takes like EK-FAC's. One pass over all rows, whatever
    /// <see cref="EkfacOptions.CovarianceTokens"/> says: here eigenvalues too come from the covariances.
    /// </summary>
    public static EkfacFactors Fit(
        GradientCapture capture, IRowSource rows, EkfacOptions options, CancellationToken cancellation = default)
    {
        var fitter = new EkfacFitter(capture, options);
        var sequences = rows.RowCount;
        using var covariances = fitter.Covariances(rows, _ => sequences--, cancellation: cancellation); // called for every row set apart
        using var basis = fitter.Basis(covariances);
        using var scope = NewDisposeScope();
        var modules = capture.Model.Modules;
        var factors = modules.Select((m, i) =>
        {
            var (qa, qs) = basis.Vectors[i];
            var a = Eigenvalues(qa, covariances.Sums[m.Name + ".activation"], covariances.Tokens);
            var s = Eigenvalues(qs, covariances.Sums[m.Name + ".gradient"], covariances.Tokens);
            var lambda = s.unsqueeze(1).mul(a.unsqueeze(0)).mul((double)covariances.Tokens / sequences);
            return new ModuleFactors(fitter.Keep(qa), fitter.Keep(qs), fitter.Keep(lambda));
        }).ToArray();
        return new EkfacFactors(modules, factors, covariances.Tokens, sequences);
    }

    // diag(Qᵀ C Q) of the mean C; tiny negative values are rounding.
    private static Tensor Eigenvalues(Tensor q, Tensor sum, long tokens) =>
        q.mul(sum.to_type(ScalarType.Float64).div(tokens).matmul(q)).sum([0L]).clamp_min(0);
}
