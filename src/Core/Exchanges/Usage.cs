using System.Text.Json.Serialization;

namespace Tda.Core.Exchanges;

/// <summary>Token counts as the upstream billed them; null where it did not say.</summary>
public sealed record Usage(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? PromptTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? CompletionTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? TotalTokens);
