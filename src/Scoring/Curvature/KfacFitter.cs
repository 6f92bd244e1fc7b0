namespace Tda.Scoring.Curvature;

/// <summary>
/// K-FAC (Martens and Grosse 2015): Kronecker eigenvalues without EK-FAC's correction, <c>Λ = (tokens/sequences) · λ_S λ_Aᵀ</c>.
/// A and S are means over tokens while G, and EK-FAC's Λ, are means over sequences: the factor is the mean number of tokens of a sequence
/// and puts Λ on the same scale, under K-FAC's assumption that tokens are independent. A tied matrix's is the sum over its two uses.
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
            var uses = ((string, string)[])[(".activation", ".gradient"), (".embedded", ".tokens")];
            var lambda = uses.Where(use => covariances.Sums.ContainsKey(m.Name + use.Item1))
                .Select(use => Use(use.Item1, use.Item2)).Aggregate((sum, more) => sum.add(more)).mul((double)covariances.Tokens / sequences);
            return new ModuleFactors(fitter.Keep(qa), qs is null ? null : fitter.Keep(qs), fitter.Keep(lambda));

            // λ_S λ_Aᵀ of one use of the weight.
            Tensor Use(string columns, string rows)
            {
                var a = Eigenvalues(qa, covariances.Sums[m.Name + columns], covariances.Tokens);
                return Eigenvalues(qs, covariances.Sums[m.Name + rows], covariances.Tokens).unsqueeze(1).mul(a.unsqueeze(0));
            }
        }).ToArray();
        return new EkfacFactors(modules, factors, covariances.Tokens, sequences);
    }

    // diag(Qᵀ C Q) of the mean C, which may be given by its diagonal; tiny negative values are rounding.
    private static Tensor Eigenvalues(Tensor? q, Tensor sum, long tokens)
    {
        var mean = sum.to_type(ScalarType.Float64).div(tokens);
        var values = q is null ? mean : mean.dim() == 1 ? q.square().transpose(0, 1).matmul(mean) : q.mul(mean.matmul(q)).sum([0L]);
        return values.clamp_min(0);
    }
}
