using Tda.Curation.Filters;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Verbs.Curate;

/// <summary>A surrogate's perplexity, for the stage of that name: each text is BOS + tokens + EOS, in rows of the model's context as in training.</summary>
internal sealed class SurrogatePerplexity : ITextPerplexity
{
    private const int TextsAtOnce = 64;

    private readonly Surrogate _surrogate;
    private readonly Lazy<LanguageModel> _model;

    private SurrogatePerplexity(Surrogate surrogate)
    {
        _surrogate = surrogate;
        _model = new(() => surrogate.LoadModel());
    }

    /// <summary>The hashes of all of its files.</summary>
    public string Hash => Hashing.Sha256(Encoding.UTF8.GetBytes(string.Concat(
        _surrogate.Manifest.Outputs.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Value}  {file.Key}\n"))));

    /// <summary>Opens a surrogate; an ensemble's first member speaks for it.</summary>
    /// <exception cref="BadInputException">Missing, damaged, or not a surrogate.</exception>
    public static SurrogatePerplexity Open(TdaHome home, string name) => new(Surrogate.Open(home.SurrogateDirectory(name)));

    public IEnumerable<double> NatsPerToken(IEnumerable<string> texts, CancellationToken cancellation)
    {
        var tokenizer = _surrogate.Tokenizer;
        foreach (var chunk in texts.Chunk(TextsAtOnce))
        {
            var rows = chunk.SelectMany((text, index) => TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId], _model.Value.Config.MaxPositions)
                .Select(row => (Index: index, Row: row))).ToList();
            var losses = SequenceLoss.PerExample(_model.Value, [.. rows.Select(row => row.Row)], cancellationToken: cancellation);
            var sums = new (double Nats, long Tokens)[chunk.Length];
            for (var i = 0; i < rows.Count; i++)
            {
                ref var sum = ref sums[rows[i].Index];
                sum = (sum.Nats + losses[i], sum.Tokens + rows[i].Row.LabelCount);
            }

            foreach (var (nats, tokens) in sums)
            {
                yield return nats / tokens;
            }
        }
    }

    public void Dispose()
    {
        if (_model.IsValueCreated)
        {
            _model.Value.Dispose();
        }
    }
}
