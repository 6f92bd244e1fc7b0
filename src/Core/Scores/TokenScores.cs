using Tda.Core.Arrays;

namespace Tda.Core.Scores;

/// <summary>A training token's score.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Token">Label-token index: the token's position in BOS + tokens + EOS, so at least 1.</param>
/// <param name="Start">First UTF-16 character in the document's text.</param>
/// <param name="End">One past the last; equal to <paramref name="Start"/> for EOS.</param>
/// <param name="Score">Influence in nats × N, signed; positive = proponent.</param>
public sealed record TokenScore(string Id, int Token, int Start, int End, double Score)
{
    /// <summary>Id of the query that was explained; null for an aggregate of all.</summary>
    public string? Query { get; init; }
}

/// <summary>
/// A run's token scores: two arrays, one element a token, and a line for each run of elements that belongs to one query and one document.
/// A line of JSON for each token took six times the space, gigabytes for a corpus of megabytes.
/// </summary>
internal static class TokenScores
{
    /// <summary>int32 (tokens, 3): label-token index, first and last-plus-one character.</summary>
    public const string Spans = "tokens.spans.npy";

    /// <summary>float32 (tokens).</summary>
    public const string Scores = "tokens.scores.npy";

    /// <summary>Writes the three files; each appears complete or not at all.</summary>
    /// <param name="pathOf">Where a file of the run is written.</param>
    /// <param name="tokens">One document's tokens for one query stand together.</param>
    public static void Write(Func<string, string> pathOf, IEnumerable<TokenScore> tokens)
    {
        using var blocks = JsonLines.Writer(pathOf(ScoreFormat.Tokens));
        using var spans = new NpyWriter<int>(pathOf(Spans), 3);
        using var scores = new NpyWriter<float>(pathOf(Scores));
        TokenBlock? block = null;
        foreach (var token in tokens)
        {
            if (block is null || block.Id != token.Id || block.Query != token.Query)
            {
                Close();
                block = new TokenBlock(token.Id, scores.Rows, 0) { Query = token.Query };
            }

            spans.Append([token.Token, token.Start, token.End]);
            scores.Append([(float)token.Score]);
            block = block with { Count = block.Count + 1 };
        }

        Close();
        spans.Commit();
        scores.Commit();
        blocks.Commit();

        void Close()
        {
            if (block is not null)
            {
                blocks.Write(block);
            }
        }
    }

    /// <summary>Reads them, a token at a time, in the order in which they were written.</summary>
    /// <exception cref="BadInputException">The arrays differ in length, or a line names elements that they don't have.</exception>
    /// <param name="run">The run.</param>
    /// <param name="document">The only document wanted; null: all.</param>
    public static IEnumerable<TokenScore> Read(OpenedArtifact run, string? document = null)
    {
        var lines = run.PathOf(ScoreFormat.Tokens);
        using var spans = NpyArray<int>.Open(run.PathOf(Spans));
        using var scores = NpyArray<float>.Open(run.PathOf(Scores));
        if (!spans.Shape.SequenceEqual([scores.Length, 3]))
        {
            throw new BadInputException(run.PathOf(Spans), $"the shape is ({string.Join(", ", spans.Shape)}), but {Scores} has {scores.Length} scores");
        }

        foreach (var block in JsonLines.Read<TokenBlock>(lines).Where(block => document is null || block.Id == document))
        {
            if (block.First < 0 || block.Count < 0 || block.First > scores.Length - block.Count)
            {
                throw new BadInputException(lines, $"document {block.Id} has tokens {block.First} to {block.First + block.Count}; {Scores} has {scores.Length}");
            }

            for (var i = block.First; i < block.First + block.Count; i++)
            {
                yield return Token(block, spans.Row(i), scores.Span(i, 1)[0]);
            }
        }
    }

    private static TokenScore Token(TokenBlock block, ReadOnlySpan<int> span, float score) =>
        new(block.Id, span[0], span[1], span[2], score) { Query = block.Query };
}

/// <summary>One line of <c>tokens.jsonl</c>: the tokens of one document, scored for one query.</summary>
/// <param name="Id">Document id.</param>
/// <param name="First">Their first element in both arrays, from 0.</param>
/// <param name="Count">How many.</param>
public sealed record TokenBlock(string Id, long First, int Count)
{
    /// <summary>Id of the query; null for an aggregate of all.</summary>
    public string? Query { get; init; }
}
