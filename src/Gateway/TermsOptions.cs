namespace Tda.Gateway;

/// <summary>What an upstream's terms allow.</summary>
public sealed record TermsOptions
{
    /// <summary>Whether its answers may teach a surrogate; if not, exchanges get the tag <c>tda.distill=no</c>. Default true.</summary>
    public bool MayDistill { get; init; } = true;

    /// <summary>Why, e.g. the clause; it stands in the exchange's tag <c>tda.terms</c>. At most 256 characters.</summary>
    public string? Note { get; init; }

    internal IEnumerable<string> Errors(string path)
    {
        if (Note?.Length > 256)
        {
            yield return $"{path}.note must be at most 256 characters";
        }
    }
}
