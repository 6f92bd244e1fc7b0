namespace Tda.Core.Masks;

/// <summary>Token masks: made from one tokenizer's tokens, stored, and carried over to another tokenizer's.</summary>
public static class TokenMask
{
    /// <exception cref="BadInputException">A line isn't a mask, an id comes twice, or indices and spans aren't ascending.</exception>
    public static IReadOnlyList<DocumentMask> Read(string path)
    {
        var masks = new List<DocumentMask>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in JsonLines.ReadLines<DocumentMask>(path))
        {
            var fault = ids.Add(line.Value.Id) ? Fault(line.Value) : "the document's mask comes twice";
            if (fault is not null)
            {
                throw new BadInputException(path, $"document '{line.Value.Id}': {fault}", line.Offset, line: line.Number);
            }

            masks.Add(line.Value);
        }

        return masks;
    }

    /// <summary>Writes all masks, or leaves what was at <paramref name="path"/> untouched.</summary>
    /// <exception cref="ArgumentException">Indices or spans aren't ascending.</exception>
    public static void Write(string path, IEnumerable<DocumentMask> masks) => JsonLines.Write(path, masks.Select(mask =>
        Fault(mask) is { } fault ? throw new ArgumentException($"mask of '{mask.Id}': {fault}", nameof(masks)) : mask));

    /// <summary>The mask of the tokens at <paramref name="labels"/> (label-token indices, in any order).</summary>
    /// <param name="document">The document.</param>
    /// <param name="tokens">The document's text as the tokenizer that numbers <paramref name="labels"/> spans it.</param>
    /// <param name="labels">From 1 (the first token after BOS) to the number of tokens + 1 (EOS).</param>
    public static DocumentMask Of(Document document, ReadOnlySpan<TokenSpan> tokens, IEnumerable<int> labels)
    {
        int[] indices = [.. labels.Distinct().Order()];
        var spans = new List<int[]>();
        foreach (var index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(index, 1, nameof(labels));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(index, tokens.Length + 1, nameof(labels));
            var isEos = index == tokens.Length + 1;
            var start = isEos ? document.Text.Length : tokens[index - 1].Start;
            var end = isEos ? document.Text.Length : tokens[index - 1].End;

            // Neighbours are joined, but EOS's empty span stays by itself: joined, it would be lost.
            if (!isEos && spans.Count > 0 && start <= spans[^1][1])
            {
                spans[^1][1] = Math.Max(spans[^1][1], end);
            }
            else
            {
                spans.Add([start, end]);
            }
        }

        return new DocumentMask(document.Id, indices, [.. spans]);
    }

    /// <summary>
    /// The label-token indices, in <paramref name="tokenizer"/>'s BOS + tokens + EOS, of the tokens that stand for any
    /// masked character; EOS when it is masked. A token that stands for more than was masked is masked too: leaving a
    /// part of what should be suppressed would be worse.
    /// </summary>
    /// <exception cref="BadInputException">A span lies outside the document's text: the mask is another document's.</exception>
    public static int[] Align(DocumentMask mask, ITokenizer tokenizer, Document document)
    {
        if (mask.Id != document.Id)
        {
            throw new ArgumentException($"the mask of document '{mask.Id}' can't be aligned to document '{document.Id}'", nameof(document));
        }

        var length = document.Text.Length;
        var masked = new bool[length];
        var eos = false;
        foreach (var span in mask.Spans)
        {
            if (span[1] > length)
            {
                throw new BadInputException(mask.Id, $"the mask spans characters {span[0]} to {span[1]}, but the document has {length}", remedy: "Use the corpus that the run was made with.");
            }

            masked.AsSpan(span[0]..span[1]).Fill(true);
            eos |= span[0] == length;
        }

        var tokens = tokenizer.EncodeWithSpans(document.Text);
        var labels = Enumerable.Range(1, tokens.Length)
            .Where(label => masked.AsSpan(tokens[label - 1].Start..tokens[label - 1].End).Contains(true));
        return [.. labels, .. eos ? [tokens.Length + 1] : Array.Empty<int>()];
    }

    /// <summary>What either mask of a document suppresses.</summary>
    /// <exception cref="ArgumentException">They are masks of two documents.</exception>
    public static DocumentMask Join(DocumentMask one, DocumentMask other)
    {
        if (one.Id != other.Id)
        {
            throw new ArgumentException($"masks of '{one.Id}' and '{other.Id}' can't be joined", nameof(other));
        }

        List<int[]> spans = [];
        foreach (var span in one.Spans.Concat(other.Spans).OrderBy(span => span[0]).ThenBy(span => span[1]))
        {
            // EOS's empty span stays by itself, once.
            var isEmpty = span[0] == span[1];
            if (spans.Count > 0 && (isEmpty ? spans[^1].SequenceEqual(span) : span[0] <= spans[^1][1]))
            {
                spans[^1][1] = Math.Max(spans[^1][1], span[1]);
            }
            else
            {
                spans.Add([.. span]);
            }
        }

        return new DocumentMask(one.Id, [.. one.Tokens.Union(other.Tokens).Order()], [.. spans]);
    }

    private static string? Fault(DocumentMask mask)
    {
        var previous = 0;
        foreach (var token in mask.Tokens)
        {
            if (token <= previous)
            {
                return $"label-token indices must be ascending and at least 1, and {token} follows {previous}";
            }

            previous = token;
        }

        var end = 0;
        foreach (var span in mask.Spans)
        {
            if (span is not { Length: 2 } || span[0] < end || span[1] < span[0])
            {
                return "spans must be ascending [start, end] pairs";
            }

            end = span[1];
        }

        return null;
    }
}

/// <summary>The tokens of one document that are selected for suppression: one line of <c>mask.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Tokens">
/// Label-token indices, ascending: positions in BOS + tokens + EOS (so at least 1) of the tokenizer that the run's
/// manifest names.
/// </param>
/// <param name="Spans">
/// [start, end) pairs of UTF-16 characters that these tokens stand for, ascending and apart, so that another tokenizer's
/// tokens can be masked. EOS, which stands for no character, is [length, length].
/// </param>
public sealed record DocumentMask(string Id, int[] Tokens, int[][] Spans);
