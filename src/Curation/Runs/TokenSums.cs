using Tda.Core.Scores;
using Tda.Curation.Selection;

namespace Tda.Curation.Runs;

/// <summary>Gathers one document's token scores from the lines of tokens.jsonl.</summary>
internal sealed class TokenSums(string directory)
{
    private readonly SortedDictionary<int, (double Sum, CharacterSpan Span)> _tokens = [];
    private readonly HashSet<(string? Query, int Token)> _seen = [];
    private readonly HashSet<string> _queries = new(StringComparer.Ordinal);
    private bool _aggregated;

    public void Add(TokenScore token)
    {
        if (!_seen.Add((token.Query, token.Token)))
        {
            throw new BadInputException(directory, $"tokens.jsonl scores token {token.Token} of document {token.Id} twice for the same query");
        }

        if (token.Token < 1 || !double.IsFinite(token.Score))
        {
            throw new BadInputException(directory, $"tokens.jsonl gives token {token.Token} of document {token.Id} the score {token.Score}; label tokens start at 1 and scores are finite");
        }

        // A line without a query is an aggregate already: where there is one, lines of single queries must not be added to it.
        if (token.Query is null && !_aggregated)
        {
            _aggregated = true;
            _tokens.Clear();
        }
        else if (token.Query is not null && _aggregated)
        {
            return;
        }

        if (token.Query is { } query)
        {
            _queries.Add(query);
        }

        var sum = _tokens.TryGetValue(token.Token, out var known) ? known.Sum : 0;
        _tokens[token.Token] = (sum + token.Score, new CharacterSpan(token.Start, token.End));
    }

    public DocumentTokenScores Mean(string id, string source)
    {
        var count = _aggregated ? 1 : _queries.Count;
        return new DocumentTokenScores(
            id,
            source,
            [.. _tokens.Keys],
            [.. _tokens.Values.Select(t => (float)(t.Sum / count))],
            [.. _tokens.Values.Select(t => t.Span)]);
    }
}
