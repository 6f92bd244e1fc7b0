using Tda.ProxyTrainer.ChatTemplates;

namespace Tda.Scoring.Attribution.Queries;

/// <summary>
/// Turns a query into a row: BOS + prompt + completion (+ EOS), where only the completion's tokens (or those of its span) carry
/// loss. Prompt and completion are encoded apart, so that no token straddles them.
/// </summary>
/// <param name="tokenizer">The surrogate's tokenizer.</param>
/// <param name="maxPositions">The surrogate's context.</param>
/// <param name="includeEnd">
/// Whether the EOS after the completion carries loss too. Default false: a logged response may have been cut by a token limit.
/// </param>
public sealed class QueryEncoder(ITokenizer tokenizer, int maxPositions, bool includeEnd = false)
{
    /// <summary>Encodes one query as the row of document <paramref name="ordinal"/>.</summary>
    /// <exception cref="UsageException">The completion, or the span of it, has no token.</exception>
    /// <exception cref="ChatRefusedException">The surrogate's chat template has no prompt for the query's chat.</exception>
    public EncodedQuery Encode(Query query, int ordinal)
    {
        var prompt = Prompt(query);
        var (completion, first) = Completion(query);
        if (first >= completion.Length)
        {
            throw new UsageException(
                $"Query '{query.Id}': "
                + $"{(query.Span is null ? "the completion has no token" : "the span covers no token of the completion")}, so there is "
                + "nothing to explain.");
        }

        // Too long: what is nearest to the explained tokens stays. The beginning of the prompt goes, then what stands before the span,
        // then the end of what is explained.
        var explained = Math.Min(completion.Length - first, maxPositions);
        int[] before = [.. prompt, .. completion.AsSpan(0, first)];
        var kept = Math.Min(before.Length, maxPositions - explained);
        int[] tokens = [tokenizer.BosId, .. before.AsSpan(before.Length - kept), .. completion.AsSpan(first, explained)];
        var row = new TokenRow(ordinal, tokens, 1, kept, RowKey.Of(query.Id, 1));
        return new EncodedQuery(query, row, before.Length - kept, completion.Length - first - explained);
    }

    /// <summary>Encodes queries as rows, one a query, in order; says what the context cut.</summary>
    /// <exception cref="UsageException">A completion, or the span of it, has no token.</exception>
    public MemoryRows Rows(IReadOnlyList<Query> queries, IProgressSink progress)
    {
        EncodedQuery[] encoded = [.. queries.Select(Encode)];
        var cut = encoded.Where(e => e.DroppedPromptTokens > 0 || e.DroppedCompletionTokens > 0).ToArray();
        if (cut.Length > 0)
        {
            progress.Message(
                $"{cut.Length} of {encoded.Length} queries are longer than the surrogate's context of {maxPositions} tokens "
                + $"('{cut[0].Query.Id}' the first): the beginning of the prompt, then the end of the completion, is left out.");
        }

        return new([.. queries.Select(q => q.Id)], [.. encoded.Select(e => e.Row)]);
    }

    private int[] Prompt(Query query)
    {
        try
        {
            return tokenizer.EncodePrompt(query.Prompt, query.Messages);
        }
        catch (ChatRefusedException error)
        {
            throw new ChatRefusedException($"Query '{query.Id}': {error.Message}", error);
        }
    }

    // Tokens after a span carry no loss and nothing before them sees them, so they are left out; the first explained token's position
    // comes with it. A token that is in the span by one character counts.
    private (int[] Tokens, int First) Completion(Query query)
    {
        if (query.Span is not { } span)
        {
            return (includeEnd ? [.. tokenizer.Encode(query.Completion), tokenizer.EosId] : tokenizer.Encode(query.Completion), 0);
        }

        if (!span.Fits(query.Completion.Length))
        {
            throw new UsageException(
                $"Query '{query.Id}': the span [{span.Start}, {span.End}] is outside its completion of {query.Completion.Length} "
                + "characters.");
        }

        var tokens = tokenizer.EncodeWithSpans(query.Completion);
        var first = Array.FindIndex(tokens, t => t.End > span.Start && t.Start < span.End);
        var last = Array.FindLastIndex(tokens, t => t.End > span.Start && t.Start < span.End);
        return ([.. tokens.Take(last + 1).Select(t => t.Id)], Math.Max(0, first));
    }
}

/// <summary>A query as tokens.</summary>
/// <param name="Query">The query.</param>
/// <param name="Row">Its row.</param>
/// <param name="DroppedPromptTokens">Tokens cut before the explained ones, from the prompt's beginning, because the context is full.</param>
/// <param name="DroppedCompletionTokens">Tokens cut from the completion's end because the context is full.</param>
public sealed record EncodedQuery(Query Query, TokenRow Row, int DroppedPromptTokens, int DroppedCompletionTokens);
