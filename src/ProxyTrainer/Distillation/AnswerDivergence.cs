using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>How far a surrogate is from the closed model's log-probabilities on one answer; all zero where the log has none.</summary>
/// <param name="Kl">Σ of the runs' divergences at a temperature of 1, in nats (<see cref="TargetBatch"/>).</param>
/// <param name="Runs">How many.</param>
/// <param name="Agreed">Tokens at which both models' most likely token is the same.</param>
/// <param name="Compared">Tokens at which that could be told: one token on both sides, and the closed model's first choice is one of the surrogate's tokens.</param>
public readonly record struct AnswerDivergence(double Kl, int Runs, int Agreed, int Compared)
{
    // A batch's logits are held three times over: with 150,000 tokens in the vocabulary, 4,096 labels of them would be 7 GiB.
    private const int MostLogits = 1 << 26;

    /// <summary>Of each answer, in order.</summary>
    /// <param name="model">The surrogate.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="answers">Any number; results don't depend on how they are batched beyond rounding.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static AnswerDivergence[] Of(
        LanguageModel model, ITokenizer tokenizer, IReadOnlyList<LoggedResponse> answers, CancellationToken cancellation = default)
    {
        var batchTokens = Math.Clamp(MostLogits / model.Config.VocabularySize, 64, 4_096);
        var targets = new AnswerTargets(tokenizer);
        TrainingExample[] examples = [.. answers.Select(answer => answer.Example(targets, model.Config.MaxPositions, share: 1, temperature: 1))];
        var measured = new AnswerDivergence[answers.Count];
        using var gradients = no_grad();
        foreach (var rows in BatchSchedule.Sorted([.. examples.Select(example => example.Targets is null ? 0 : example.Tokens.Length - 1)], batchTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            using IDisposable scope = NewDisposeScope();
            var batch = Batch.Collate(examples, rows, model.Device, model.WideType);
            var logits = TokenLoss.Logits(model, batch);
            var divergences = batch.Targets!.Divergences(logits).to(ScalarType.Float64).cpu().data<double>().ToArray();
            var agreements = batch.Targets.TopAgreements(logits);
            for (var run = 0; run < divergences.Length; run++)
            {
                ref var answer = ref measured[rows[batch.Targets.Rows[run]]];
                answer = new AnswerDivergence(
                    answer.Kl + divergences[run], answer.Runs + 1,
                    answer.Agreed + (agreements[run] == true ? 1 : 0), answer.Compared + (agreements[run] is null ? 0 : 1));
            }
        }

        return measured;
    }
}
