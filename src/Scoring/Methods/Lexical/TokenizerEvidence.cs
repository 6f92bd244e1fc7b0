using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// Which tokenizer the closed model writes with, judged by its answers alone: bigrams of the documents (<see cref="NgramModel"/>), counted in a
/// candidate's tokens, give every answer a probability, and a text's probability can be compared whatever the tokens that it is cut into. A model
/// that learned from the documents in some tokens writes what follows one of those tokens, so they predict it best. No log-probabilities are
/// needed; where the log has them, their tokens say it outright (<see cref="ProxyTrainer.Distillation.Alignment.TokenizerFit"/>).
/// </summary>
/// <param name="Name">The candidate.</param>
/// <param name="VocabularySize">Its tokens.</param>
/// <param name="Nats">−ln p of all answers, by bigrams of the strength that suits the candidate best.</param>
/// <param name="Tokens">Of all answers.</param>
/// <param name="DocumentTokens">Of the documents that were counted, their ends included.</param>
public sealed record TokenizerEvidence(string Name, int VocabularySize, double Nats, long Tokens, long DocumentTokens)
{
    /// <summary>Documents that are counted, and answers that are judged, at most.</summary>
    public const int MostDocuments = 2_000, MostAnswers = 1_000;

    private const int Bigrams = 2;
    private static readonly double[] Strengths = [1, 3, 10, 30, 100, 300];

    /// <summary>Vocabularies that are trained on the corpus and tried, in tokens; steps of a tenth to a third.</summary>
    public static IReadOnlyList<int> Sizes { get; } =
        [320, 384, 448, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1536, 1792, 2048, 2560, 3072, 4096];

    /// <summary>Tries vocabularies of many sizes, each a BPE trained on the documents.</summary>
    /// <param name="documents">The corpus's texts; of many the first.</param>
    /// <param name="answers">The log; of many the first.</param>
    /// <param name="sizes">Tokens of each vocabulary. Where the texts have too few pairs for one, it and larger ones are left out.</param>
    /// <param name="progress">Candidates tried.</param>
    /// <param name="cancellation">Stops between candidates.</param>
    /// <returns>The most probable first; empty without answers.</returns>
    public static IReadOnlyList<TokenizerEvidence> OfSizes(
        IEnumerable<string> documents, IReadOnlyList<LoggedResponse> answers, IReadOnlyList<int> sizes, IProgressSink progress, CancellationToken cancellation)
    {
        string[] texts = [.. documents.Take(MostDocuments)];
        var found = new List<TokenizerEvidence>();
        using var task = progress.Start("vocabularies", sizes.Count, "tokenizers");
        foreach (var size in sizes.Where(_ => answers.Count > 0).Order())
        {
            var tokenizer = BpeTrainer.Train(texts, new BpeOptions { VocabularySize = size }, cancellationToken: cancellation);
            if (tokenizer.VocabularySize < size)
            {
                break;
            }

            found.Add(Of(FormattableString.Invariant($"BPE {size}"), tokenizer, texts, answers, cancellation));
            task.Report(found.Count);
        }

        return [.. found.OrderBy(one => one.Nats)];
    }

    /// <summary>One candidate.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="documents">The corpus's texts; of many the first.</param>
    /// <param name="answers">The log; of many the first.</param>
    /// <param name="cancellation">Stops between documents.</param>
    public static TokenizerEvidence Of(
        string name, ModelTokenizer tokenizer, IEnumerable<string> documents, IReadOnlyList<LoggedResponse> answers, CancellationToken cancellation)
    {
        (int[] Tokens, int First)[] asked = [.. answers.Take(MostAnswers).Select(answer =>
        {
            int[] before = [tokenizer.BosId, .. tokenizer.EncodePrompt(answer.Prompt, answer.Messages)];
            return ((int[])[.. before, .. tokenizer.Encode(answer.Response)], before.Length);
        })];
        var ngrams = new QueryNgrams(asked, Bigrams);
        NgramModel[] models = [.. Strengths.Select(strength => new NgramModel(ngrams, strength))];
        var counted = 0L;
        foreach (var text in documents.Take(MostDocuments))
        {
            cancellation.ThrowIfCancellationRequested();
            int[] tokens = [tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId];
            counted += tokens.Length - 1;
            foreach (var model in models)
            {
                model.Add(tokens);
            }
        }

        return new TokenizerEvidence(
            name, tokenizer.VocabularySize, models.Min(model => -model.LogProbabilities().Sum()), asked.Sum(query => (long)query.Tokens.Length - query.First), counted);
    }
}
