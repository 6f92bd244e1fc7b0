using System.Text.Json.Serialization;

namespace Tda.Core.Exchanges;

/// <summary>A token of the response with its log-probability.</summary>
/// <param name="Token">The token's text; not always valid text of its own, see <see cref="Bytes"/>.</param>
/// <param name="Logprob">Natural logarithm of the token's probability; null where the upstream gives none (an echoed first token).</param>
/// <param name="Alternatives">The most probable tokens at this position, most probable first; empty when not asked for.</param>
public sealed record TokenLogprob(
    string Token,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Logprob,
    IReadOnlyList<TokenAlternative> Alternatives)
{
    /// <summary>The token's UTF-8 bytes, where the upstream gave them.</summary>
    public int[]? Bytes { get; init; }
}
