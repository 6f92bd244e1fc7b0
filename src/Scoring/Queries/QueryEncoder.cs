using Tda.Core.Queries;
using Tda.Core.Text;
using Tda.Scoring.Capture;

namespace Tda.Scoring.Queries;

/// <summary>
/// Turns a query into a row: BOS + prompt + completion (+ EOS), where only the completion's tokens carry loss. Prompt and
/// completion are encoded apart, so that no token straddles them.
/// </summary>
/// <param name="tokenizer">The surrogate's tokenizer.</param>
/// <param name="maxPositions">The surrogate's context.</param>
/// <param name="includeEnd">
/// Whether the EOS after the completion carries loss too. Default false: a logged response may have been cut by a token limit.
/// </param>
public sealed class QueryEncoder(ITokenizer tokenizer, int maxPositions, bool includeEnd = false)
{
    /// <summary>Encodes one query as the row of document <paramref name="ordinal"/>.</summary>
    /// <exception cref="ArgumentException">The completion has no token.</exception>
    public EncodedQuery Encode(Query query, int ordinal)
    {
        var prompt = tokenizer.Encode(query.Prompt);
        int[] completion = includeEnd ? [.. tokenizer.Encode(query.Completion), tokenizer.EosId] : tokenizer.Encode(query.Completion);
        if (completion.Length == 0) throw new ArgumentException($"query '{query.Id}': the completion has no token", nameof(query));

        // Too long: the end of the prompt is nearest to the completion, so its beginning goes; then the completion's end.
        var kept = Math.Min(completion.Length, maxPositions);
        var promptKept = Math.Min(prompt.Length, maxPositions - kept);
        int[] tokens = [tokenizer.BosId, .. prompt.AsSpan(prompt.Length - promptKept), .. completion.AsSpan(0, kept)];
        var row = new TokenRow(ordinal, tokens, 1, promptKept, RowKey.Of(query.Id, 1));
        return new EncodedQuery(query, row, prompt.Length - promptKept, completion.Length - kept);
    }

    /// <summary>Encodes queries as rows, one a query, in order.</summary>
    public IReadOnlyList<EncodedQuery> Encode(IReadOnlyList<Query> queries) => [.. queries.Select(Encode)];
}
