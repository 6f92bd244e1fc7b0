using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Lab.Models;

/// <summary>Negative log-likelihood of texts under a model.</summary>
public static class Perplexity
{
    private const int BatchTokens = 4096;

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

        var rows = texts
            .Select(text => (int[])[tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId])
            .SelectMany(document => TrainingExample.FromDocument(document, model.Config.MaxPositions))
            .ToArray();
        var plan = BatchSchedule.Sorted(rows.Select(r => r.Tokens.Length).ToArray(), BatchTokens);
        double nats = 0;
        long tokens = 0;
        using var gradients = no_grad();
        foreach (var batchRows in plan)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Batch.Collate(rows, batchRows, model.Device, model.WideType);
            nats += TokenLoss.Nll(model, batch).to(ScalarType.Float64).sum().item<double>();
            tokens += batch.Count;
        }

        return new PerplexityResult(tokens, texts.Sum(t => (long)t.Length), nats);
    }
}

/// <summary>How well a model predicts texts.</summary>
/// <param name="Tokens">Tokens predicted: every token and EOS of every text.</param>
/// <param name="Characters">UTF-16 characters of the texts.</param>
/// <param name="Nats">Negative log-likelihood of all of them, in nats.</param>
public sealed record PerplexityResult(long Tokens, long Characters, double Nats)
{
    /// <summary>Mean negative log-likelihood of a token, in nats.</summary>
    public double NatsPerToken => Nats / Tokens;

    /// <summary>Negative log-likelihood over characters, in nats: comparable between models of different tokenizers.</summary>
    public double NatsPerCharacter => Nats / Characters;

    /// <summary>exp of <see cref="NatsPerToken"/>.</summary>
    public double TokenPerplexity => Math.Exp(NatsPerToken);
}
