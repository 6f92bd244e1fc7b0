using Tda.Core.Queries;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Attribution.Queries;

/// <summary>A query as tokens.</summary>
/// <param name="Query">The query.</param>
/// <param name="Row">Its row.</param>
/// <param name="DroppedPromptTokens">Tokens cut before the explained ones, from the prompt's beginning, because the context is full.</param>
/// <param name="DroppedCompletionTokens">Tokens cut from the completion's end because the context is full.</param>
public sealed record EncodedQuery(Query Query, TokenRow Row, int DroppedPromptTokens, int DroppedCompletionTokens);
