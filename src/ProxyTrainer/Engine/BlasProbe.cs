namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Finds the BLAS in use. Debian's libblas.so.3 is a link that alternatives point at the reference BLAS or at OpenBLAS,
/// so the mapped file tells, and its name alone does not.
/// </summary>
internal static class BlasProbe
{
    internal static BlasLibrary Find()
    {
        return Classify(MappedLibraries.Paths(
            name => name.Contains("blas", StringComparison.OrdinalIgnoreCase)
                || name.Contains("libmkl", StringComparison.Ordinal)
                || name.Contains("libblis", StringComparison.Ordinal)
                || name.StartsWith("libtorch_cpu", StringComparison.Ordinal)));
    }

    internal static BlasLibrary Classify(IReadOnlyList<string> mapped)
    {
        foreach (var (mark, name) in new[] { ("openblas", "OpenBLAS"), ("libmkl", "MKL"), ("atlas", "ATLAS"), ("blis", "BLIS") })
        {
            if (mapped.FirstOrDefault(path => path.Contains(mark, StringComparison.OrdinalIgnoreCase)) is { } path)
            {
                return new BlasLibrary(name, path, false);
            }
        }
        var plain = mapped.FirstOrDefault(path => Path.GetFileName(path).StartsWith("libblas", StringComparison.Ordinal));
        return plain is null
            ? new BlasLibrary("built in", mapped.FirstOrDefault(), false)
            : new BlasLibrary("reference BLAS", plain, true);
    }
}
