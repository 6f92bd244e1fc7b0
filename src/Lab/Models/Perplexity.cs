using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Lab.Models;

/// <summary>Negative log-likelihood of texts under a model.</summary>
public static class Perplexity
{
    private const int BatchTokens = 4096;
    private const int NoWord = -1;

    /// <summary>
    /// Every text is BOS + tokens + EOS, split into rows as in training where it is longer than the context; every token but
    /// BOS is predicted.
    /// </summary>
    public static PerplexityResult Measure(
        LanguageModel model, ITokenizer tokenizer, IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        if (texts.Count == 0)
        {
            throw new ArgumentException("There are no texts to measure on.", nameof(texts));
        }

        TokenSpan[][] spans = [.. texts.Select(tokenizer.EncodeWithSpans)];
        var rows = spans
            .Select(text => (int[])[tokenizer.BosId, .. text.Select(token => token.Id), tokenizer.EosId])
            .SelectMany(document => TrainingExample.FromDocument(document, model.Config.MaxPositions))
            .ToArray();
        var plan = BatchSchedule.Sorted(rows.Select(r => r.Tokens.Length).ToArray(), BatchTokens);
        double nats = 0;
        long tokens = 0;
        var right = new List<bool>[rows.Length];
        using var gradients = no_grad();
        foreach (var batchRows in plan)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Batch.Collate(rows, batchRows, model.Device, model.WideType);
            var logits = model.Forward(batch.Ids, new ForwardOptions { LogitPositions = batch.Positions });
            nats += nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.None).to(ScalarType.Float64).sum().item<double>();
            tokens += batch.Count;
            var hits = logits.argmax(1).eq(batch.Labels).cpu().data<bool>().ToArray();
            for (var label = 0; label < hits.Length; label++)
            {
                (right[batchRows[batch.LabelRows[label]]] ??= []).Add(hits[label]);
            }
        }

        return new PerplexityResult(tokens, texts.Sum(t => (long)t.Length), nats) { Foresight = Sum(texts, spans, [.. right.SelectMany(row => row)]) };
    }

    /// <param name="texts">The texts.</param>
    /// <param name="spans">Their tokens.</param>
    /// <param name="right">Of every text's tokens and its EOS, one text after the other: whether the model would have chosen it.</param>
    private static Foresight Sum(IReadOnlyList<string> texts, TokenSpan[][] spans, bool[] right)
    {
        var (first, words, wordsRight) = (0, 0, 0);
        foreach (var (text, tokens) in texts.Zip(spans))
        {
            var wrong = new HashSet<int>();
            var wordAt = WordAt(text, out var count);
            for (var i = 0; i < tokens.Length; i++)
            {
                if (!right[first + i])
                {
                    wrong.UnionWith(wordAt[tokens[i].Start..tokens[i].End]);
                }
            }

            wrong.Remove(NoWord);
            (words, wordsRight) = (words + count, wordsRight + count - wrong.Count);
            first += tokens.Length + 1;
        }

        return new Foresight(right.Count(hit => hit), words, wordsRight);
    }

    /// <summary>For every character the number of its word, from 0; <see cref="NoWord"/> for white space.</summary>
    private static int[] WordAt(string text, out int count)
    {
        var words = new int[text.Length];
        count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var space = char.IsWhiteSpace(text[i]);
            count += !space && (i == 0 || char.IsWhiteSpace(text[i - 1])) ? 1 : 0;
            words[i] = space ? NoWord : count - 1;
        }

        return words;
    }
}

/// <summary>How well a model predicts texts.</summary>
/// <param name="Tokens">Tokens predicted: every token and EOS of every text.</param>
/// <param name="Characters">UTF-16 characters of the texts.</param>
/// <param name="Nats">Negative log-likelihood of all of them, in nats.</param>
public sealed record PerplexityResult(long Tokens, long Characters, double Nats)
{
    /// <summary>What the model would have written itself.</summary>
    public required Foresight Foresight { get; init; }

    /// <summary>Mean negative log-likelihood of a token, in nats.</summary>
    public double NatsPerToken => Nats / Tokens;

    /// <summary>Negative log-likelihood over characters, in nats: comparable between models of different tokenizers.</summary>
    public double NatsPerCharacter => Nats / Characters;

    /// <summary>exp of <see cref="NatsPerToken"/>.</summary>
    public double TokenPerplexity => Math.Exp(NatsPerToken);
}
