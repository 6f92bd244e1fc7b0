using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>Measures how faithful a surrogate is to the closed model, on answers that it was not trained on.</summary>
public static class Fidelity
{
    /// <summary>Losses of the answers' tokens (EOS included, prompts not), in nats, and their rank correlation with the closed model's.</summary>
    /// <param name="model">The surrogate.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="heldOut">At least one answer.</param>
    /// <param name="trained">What it was trained on, for the unigram baseline.</param>
    /// <param name="untrained">Makes the baseline: the model before it was trained.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static FidelityResult Measure(
        LanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<LoggedResponse> heldOut,
        IReadOnlyList<TrainingExample> trained,
        Func<LanguageModel> untrained,
        CancellationToken cancellationToken = default)
    {
        TrainingExample[] examples = [.. heldOut.Select(answer => answer.Example(tokenizer, model.Config.MaxPositions))];
        var tokens = examples.Sum(example => (long)example.LabelCount);
        var characters = heldOut.Sum(answer => (long)answer.Response.Length);

        var losses = SequenceLoss.PerExample(model, examples, cancellationToken: cancellationToken);
        using var before = untrained();
        var untrainedLoss = SequenceLoss.PerExample(before, examples, cancellationToken: cancellationToken).Sum();

        int[] ranked = [.. Enumerable.Range(0, heldOut.Count).Where(i => heldOut[i].Logprob is not null && heldOut[i].Response.Length > 0)];
        // Per character: summed losses would rank answers by their length alone.
        double[] own = [.. ranked.Select(i => -losses[i] / heldOut[i].Response.Length)];
        double[] theirs = [.. ranked.Select(i => heldOut[i].Logprob!.Value / heldOut[i].Response.Length)];
        var correlation = ranked.Length < 3 ? double.NaN : Correlation.Spearman(own, theirs);

        double[] labels = [.. examples.Select(example => (double)example.LabelCount)];
        double[] bytes = [.. heldOut.Select(answer => (double)Encoding.UTF8.GetByteCount(answer.Response))];
        var divergences = AnswerDivergence.Of(model, tokenizer, heldOut, cancellation: cancellationToken);
        double[] kl = [.. divergences.Select(answer => answer.Kl)], runs = [.. divergences.Select(answer => (double)answer.Runs)];
        double[] agreed = [.. divergences.Select(answer => (double)answer.Agreed)], compared = [.. divergences.Select(answer => (double)answer.Compared)];
        var bootstrap = new BootstrapOptions();
        return new FidelityResult(
            heldOut.Count, tokens, characters, losses.Sum() / tokens, losses.Sum() / Math.Max(1, characters),
            UnigramNatsPerToken: UnigramLoss(examples, trained, model.Config.VocabularySize) / tokens,
            UntrainedNatsPerToken: untrainedLoss / tokens,
            double.IsFinite(correlation) ? correlation : null,
            ranked.Length,
            [.. losses.Select((loss, i) => loss / examples[i].LabelCount).Order()])
        {
            NatsPerByte = losses.Sum() / Math.Max(1, bytes.Sum()),
            KlPerRun = runs.Sum() > 0 ? kl.Sum() / runs.Sum() : null,
            KlRuns = (long)runs.Sum(),
            TopAgreement = compared.Sum() > 0 ? agreed.Sum() / compared.Sum() : null,
            TopCompared = (long)compared.Sum(),
            Intervals = new FidelityIntervals
            {
                Level = bootstrap.Level,
                NatsPerToken = FidelityIntervals.OfRatio(losses, labels, bootstrap),
                NatsPerCharacter = FidelityIntervals.OfRatio(losses, [.. heldOut.Select(answer => (double)answer.Response.Length)], bootstrap),
                NatsPerByte = FidelityIntervals.OfRatio(losses, bytes, bootstrap),
                RankCorrelation = FidelityIntervals.OfSpearman(own, theirs, bootstrap),
                KlPerRun = FidelityIntervals.OfRatio(kl, runs, bootstrap),
                TopAgreement = FidelityIntervals.OfRatio(agreed, compared, bootstrap),
            },
        };
    }

    /// <summary>Frequencies of the training labels, one added to each count so that no token is impossible.</summary>
    private static double UnigramLoss(IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> trained, int vocabulary)
    {
        var counts = new double[vocabulary];
        Array.Fill(counts, 1);
        foreach ((var token, var weight) in trained.SelectMany(Labels))
        {
            counts[token] += Math.Max(0, weight);
        }

        var total = counts.Sum();
        return examples.SelectMany(Labels).Sum(label => -Math.Log(counts[label.Token] / total));
    }

    private static IEnumerable<(int Token, float Weight)> Labels(TrainingExample example) =>
        example.Tokens.Zip(example.LabelWeights).Skip(1).Where(label => label.Second != 0);
}

/// <summary>
/// How well a surrogate predicts the closed model's held-out answers, beside what predicting without a model and without
/// training gives. Per character, since two tokenizers' tokens don't compare.
/// </summary>
/// <param name="Answers">Held-out answers measured.</param>
/// <param name="Tokens">Tokens of the answers, EOS included.</param>
/// <param name="Characters">UTF-16 characters of the answers.</param>
/// <param name="NatsPerToken">Negative log-likelihood of the answers given their prompts, over <paramref name="Tokens"/>.</param>
/// <param name="NatsPerCharacter">The same over <paramref name="Characters"/>: comparable between tokenizers.</param>
/// <param name="UnigramNatsPerToken">Predicting every token by its frequency in the training data.</param>
/// <param name="UntrainedNatsPerToken">The same model with its first weights: random, or a base's.</param>
/// <param name="RankCorrelation">
/// Spearman correlation, over answers, of the surrogate's log-probability per character with the closed model's; null below
/// three answers with one, and where one side is constant.
/// </param>
/// <param name="RankedAnswers">Answers behind <paramref name="RankCorrelation"/>.</param>
/// <param name="AnswerNatsPerToken">Nats a token of each answer, ascending; null in reports of earlier versions.</param>
public sealed record FidelityResult(
    int Answers, long Tokens, long Characters, double NatsPerToken, double NatsPerCharacter, double UnigramNatsPerToken,
    double UntrainedNatsPerToken, double? RankCorrelation = null, int RankedAnswers = 0, IReadOnlyList<double>? AnswerNatsPerToken = null)
{
    /// <summary>exp of <see cref="NatsPerToken"/>.</summary>
    public double Perplexity => Math.Exp(NatsPerToken);

    /// <summary>Negative log-likelihood over the answers' UTF-8 bytes: comparable between tokenizers and scripts; null in reports of earlier versions.</summary>
    public double? NatsPerByte { get; init; }

    /// <summary>
    /// Divergence of the surrogate from the closed model's log-probabilities, nats a run of tokens (<see cref="TargetBatch"/>); null where no
    /// held-out answer has any. Surrogates of different tokenizers have other runs.
    /// </summary>
    public double? KlPerRun { get; init; }

    /// <summary>Runs behind <see cref="KlPerRun"/>.</summary>
    public long KlRuns { get; init; }

    /// <summary>Share of the tokens at which both models' most likely token is the same; null where that can't be told of any.</summary>
    public double? TopAgreement { get; init; }

    /// <summary>Tokens behind <see cref="TopAgreement"/>.</summary>
    public long TopCompared { get; init; }

    /// <summary>Intervals of all these; null in reports of earlier versions.</summary>
    public FidelityIntervals? Intervals { get; init; }
}
