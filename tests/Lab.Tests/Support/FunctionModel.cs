using Tda.Lab.Generation;

namespace Tda.Lab.Tests.Support;

/// <summary>A language model given as a function from a sequence (BOS first) to the logits of its next token.</summary>
internal sealed class FunctionModel(ITokenizer tokenizer, int contextLength, Func<IReadOnlyList<int>, float[]> logits) : ITextModel
{
    public ITokenizer Tokenizer => tokenizer;

    public int ContextLength => contextLength;

    public int VocabularySize => tokenizer.VocabularySize;

    public string Fingerprint => "fp_function";

    public Func<IReadOnlyList<int>, float[]> Logits => logits;

    /// <summary>Called before each step, on the decoding thread.</summary>
    public Action<int> BeforeStep { get; init; } = _ => { };

    /// <summary>The widest batch so far.</summary>
    public int WidestBatch { get; private set; }

    public static FunctionModel Bigram(int seed, int contextLength = 256, float eosBias = -2)
    {
        var tokenizer = new PieceTokenizer();
        var random = new Random(seed);
        var table = Enumerable.Range(0, tokenizer.VocabularySize)
            .Select(_ => Enumerable.Range(0, tokenizer.VocabularySize).Select(id => id is >= 32 and < 127 ? 4 * random.NextSingle() : -30).ToArray())
            .ToArray();
        foreach (var row in table)
        {
            row[tokenizer.EosId] = eosBias;
            row[tokenizer.BosId] = row[tokenizer.PadId] = 20; // must be kept out by the sampler
        }

        return new FunctionModel(tokenizer, contextLength, sequence => (float[])table[sequence[^1]].Clone());
    }

    /// <summary>Says the tokens of <paramref name="ids"/> one after the other, then EOS, whatever the prompt.</summary>
    public static FunctionModel Script(PieceTokenizer tokenizer, int promptTokens, params int[] ids) =>
        new(tokenizer, 4096, sequence =>
        {
            var logits = Enumerable.Repeat(-40f, tokenizer.VocabularySize).ToArray();
            var at = sequence.Count - promptTokens;
            logits[at < ids.Length ? ids[at] : tokenizer.EosId] = 10;
            return logits;
        });

    float[] ITextModel.Logits(int[] tokens) => [.. Enumerable.Range(1, tokens.Length).SelectMany(end => logits(tokens[..end]))];

    public IDecodingSession Open(int maxRows) => new Session(this, maxRows);

    public void Dispose()
    {
    }

    private sealed class Session(FunctionModel model, int maxRows) : IDecodingSession
    {
        private readonly List<List<int>> _rows = [];

        public void Prefill(IReadOnlyList<int[]> prompts, Span<float> logits)
        {
            var first = _rows.Count;
            _rows.AddRange(prompts.Select(p => p.ToList()));
            Assert.InRange(_rows.Count, 1, maxRows);
            Write(first, logits);
        }

        public void Decode(ReadOnlySpan<int> tokens, Span<float> logits)
        {
            for (var row = 0; row < _rows.Count; row++)
            {
                _rows[row].Add(tokens[row]);
            }

            Write(0, logits);
        }

        public void Remove(int row)
        {
            _rows[row] = _rows[^1];
            _rows.RemoveAt(_rows.Count - 1);
        }

        public void Dispose()
        {
        }

        private void Write(int first, Span<float> logits)
        {
            model.BeforeStep(_rows.Count);
            model.WidestBatch = Math.Max(model.WidestBatch, _rows.Count);
            for (var row = first; row < _rows.Count; row++)
            {
                Assert.InRange(_rows[row].Count, 1, model.ContextLength);
                model.Logits(_rows[row]).CopyTo(logits[((row - first) * model.VocabularySize)..]);
            }
        }
    }
}
