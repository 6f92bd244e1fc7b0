using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Bench.Optimizers;

/// <summary>A small language model on one pass over real text, as a surrogate is trained.</summary>
internal sealed class LanguageWorkload : Workload
{
    private const int Vocabulary = 384;
    private const int Context = 64;
    private const int Rows = 8;
    private const int HeldOut = 48;

    private readonly ModelConfig _config;
    private readonly List<TrainingExample> _training;
    private readonly List<TrainingExample> _heldOut;

    public LanguageWorkload(string name, ModelFamily family, IReadOnlyList<string> texts, int steps, int evaluateEvery)
        : base(name, steps, evaluateEvery)
    {
        var tokenizer = BpeTrainer.Train(texts.Take(400), new BpeOptions { VocabularySize = Vocabulary });
        _config = new ModelConfig
        {
            Family = family,
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = 48,
            Layers = 2,
            Heads = 3,
            IntermediateSize = family == ModelFamily.Gpt2 ? 192 : 128,
            MaxPositions = Context,
        };
        // Full rows alone: every step has as many labels.
        List<TrainingExample> rows = [.. texts.SelectMany(text => TrainingExample.FromDocument(
                [tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId], Context))
            .Where(row => row.Tokens.Length == Context).Take((Rows * steps) + HeldOut)];
        (_heldOut, _training) = (rows[..HeldOut], rows[HeldOut..]);
        if (_training.Count < Rows * steps)
        {
            throw new TdaException($"{name}: the text has {_training.Count} rows, one pass of {steps} steps needs {Rows * steps}");
        }
    }

    public override double Batch => Rows * (Context - 1);

    public override WorkloadRun Start(long seed) => new Run(this, seed);

    private sealed class Run : WorkloadRun
    {
        private readonly LanguageWorkload _work;
        private readonly LanguageModel _model;
        private readonly int[] _order;

        public Run(LanguageWorkload work, long seed)
        {
            _work = work;
            _model = LanguageModel.Create(work._config, seed);
            Weights = FlatWeights.Of(_model);
            _order = [.. Enumerable.Range(0, work._training.Count)];
            SplitMix64.Of(seed, "order").Shuffle<int>(_order);
        }

        public override FlatWeights Weights { get; }

        public override (double Loss, Tensor Gradient) Gradient(int step)
        {
            var batch = ProxyTrainer.Training.Batch.Collate(_work._training, _order[(step * Rows)..((step + 1) * Rows)], _model.Device);
            var loss = TokenLoss.Mean(_model, batch, 0);
            return (loss.item<float>(), FlatGradient.Of(loss, _model));
        }

        public override double Evaluate() => SequenceLoss.PerExample(_model, _work._heldOut).Sum() / _work._heldOut.Sum(row => (double)row.LabelCount);

        public override void Dispose() => _model.Dispose();
    }
}
