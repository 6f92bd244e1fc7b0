namespace Tda.Scoring.Methods.Lexical;

/// <summary>What <c>fused</c> fuses with BM25, and how.</summary>
public sealed record FusionOptions
{
    /// <summary>Name of the influence method fused with BM25, any but <c>fused</c>. Default <c>ekfac</c>.</summary>
    public string Method { get; init; } = "ekfac";

    /// <summary>k of reciprocal-rank fusion, above 0. Default 60, as published; a smaller one trusts the first ranks more.</summary>
    public double K { get; init; } = 60;

    internal IEnumerable<string> Errors()
    {
        if (!(K > 0 && double.IsFinite(K)))
        {
            yield return $"the fusion's k is {K}; it must be above 0";
        }

        if (Method.Length == 0 || Method == FusedInfluence.MethodName)
        {
            yield return $"the method to fuse is '{Method}'; name another one";
        }
    }
}
