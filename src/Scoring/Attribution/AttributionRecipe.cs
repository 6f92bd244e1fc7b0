using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Attribution;

/// <summary>
/// The surrogates whose scores predicted retraining best where it was measured (docs/methods/evaluation.md, "The recipe"), of a closed model of
/// which answers and candidates are known and nothing else: 1. its own vocabulary, or the one in which its answers are most probable; 2. one
/// layer of width 96; 3. about 80 steps over the documents alone, with a falling rate; 4. eight of them. They needn't write well: they
/// must have learned about as much of each document as the closed model's own retraining would change by it.
/// </summary>
/// <param name="Vocabulary">Its tokens; 0: of a tokenizer that is given.</param>
/// <param name="Candidates">The vocabularies tried, the most probable first; empty where none had to be chosen, or nothing could choose.</param>
/// <param name="Epochs">Passes over the documents.</param>
public sealed record AttributionRecipe(int Vocabulary, IReadOnlyList<TokenizerEvidence> Candidates, int Epochs)
{
    /// <summary>Blocks of each surrogate.</summary>
    public const int Layers = 1;

    /// <summary>Width of each surrogate.</summary>
    public const int Width = 96;

    /// <summary>Attention heads of each surrogate.</summary>
    public const int Heads = 4;

    /// <summary>Surrogates whose scores are averaged.</summary>
    public const int Ensemble = 8;

    /// <summary>Steps that are aimed at, in whole passes.</summary>
    public const int Steps = 80;

    private const double FinalLearningRateFraction = .05;

    /// <summary>Chooses for a corpus and a log.</summary>
    /// <param name="corpus">The candidates.</param>
    /// <param name="answers">The log; without answers the vocabulary is the given one.</param>
    /// <param name="tokenizer">The closed model's own tokenizer, where it is known; null: vocabularies are tried.</param>
    /// <param name="otherwise">Tokens of the vocabulary where there is nothing to choose by.</param>
    /// <param name="sizes">Vocabularies to try; null: <see cref="TokenizerEvidence.Sizes"/>.</param>
    /// <param name="batchTokens">Of a training step.</param>
    /// <param name="progress">Vocabularies tried.</param>
    /// <param name="cancellation">Stops between them.</param>
    public static AttributionRecipe Choose(
        Corpus corpus, IReadOnlyList<LoggedResponse> answers, ModelTokenizer? tokenizer, int otherwise, IReadOnlyList<int>? sizes, int batchTokens,
        IProgressSink progress, CancellationToken cancellation)
    {
        string[] texts = [.. corpus.Documents().Take(TokenizerEvidence.MostDocuments).Select(document => document.Text)];
        var candidates = tokenizer is null ? TokenizerEvidence.OfSizes(texts, answers, sizes ?? TokenizerEvidence.Sizes, progress, cancellation) : [];
        var best = candidates.Count > 0
            ? candidates[0]
            : TokenizerEvidence.Of("", tokenizer ?? BpeTrainer.Train(texts, new BpeOptions { VocabularySize = otherwise }, cancellationToken: cancellation), texts, [], cancellation);
        var vocabulary = tokenizer is not null ? 0 : candidates.Count > 0 ? best.VocabularySize : otherwise;
        return new(vocabulary, candidates, PassesFor((double)best.DocumentTokens * corpus.Count / Math.Max(1, texts.Length), batchTokens));
    }

    /// <summary>Whole passes that come nearest to <see cref="Steps"/>, at least one.</summary>
    /// <param name="tokens">Of the documents.</param>
    /// <param name="batchTokens">Of a training step.</param>
    public static int PassesFor(double tokens, int batchTokens) => (int)Math.Max(1, Math.Round(Steps * (double)batchTokens / Math.Max(1, tokens)));

    /// <summary>The options of such a distillation; the log is measured and not learned: the answers are no candidates, and learning them predicted retraining worse.</summary>
    /// <param name="options">Everything that the recipe leaves open, such as seed, tokenizer and context.</param>
    public DistillOptions Apply(DistillOptions options) => options with
    {
        VocabularySize = Vocabulary > 0 ? Vocabulary : options.VocabularySize,
        Model = options.Model with
        {
            VocabularySize = Vocabulary > 0 ? Vocabulary : options.Model.VocabularySize,
            HiddenSize = Width,
            IntermediateSize = Width * 8 / 3,
            Layers = Layers,
            Heads = Heads,
        },
        Training = options.Training with { Epochs = Epochs, FinalLearningRateFraction = FinalLearningRateFraction },
        Ensemble = Ensemble,
        HeldOutFraction = 1,
        DistilWeight = 0,
    };
}
