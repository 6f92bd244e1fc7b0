namespace Tda.Core.Exchanges;

/// <summary>A token that the model could have said at a position.</summary>
/// <param name="Token">The token's text; not always valid text of its own, see <see cref="Bytes"/>.</param>
/// <param name="Logprob">Natural logarithm of its probability.</param>
public sealed record TokenAlternative(string Token, double Logprob)
{
    /// <summary>The token's UTF-8 bytes, where the upstream gave them.</summary>
    public int[]? Bytes { get; init; }
}
