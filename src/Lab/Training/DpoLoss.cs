using Tda.Lab.Models;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Lab.Training;

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, equation 7): with π the model, π_ref the one that it started from,
/// y⁺ the chosen and y⁻ the rejected answer to x, a pair's loss is
/// <c>−log σ(β[(log π(y⁺|x) − log π_ref(y⁺|x)) − (log π(y⁻|x) − log π_ref(y⁻|x))])</c>, with log-probabilities in nats summed over the answer's
/// tokens.
/// </summary>
/// <param name="beta">β: how dear it is to leave π_ref, above 0.</param>
internal sealed class DpoLoss(double beta)
{
    /// <summary>
    /// The pairs as rows: chosen, rejected, chosen, … The answers' tokens carry loss. EOS carries none: an answer that was cut at its longest has
    /// no end to learn.
    /// </summary>
    /// <exception cref="UsageException">A pair's answers have no token.</exception>
    public static IReadOnlyList<TrainingExample> Rows(LabModel model, IEnumerable<PreferencePair> pairs) =>
        [.. pairs.SelectMany(pair => (string[])[pair.Chosen, pair.Rejected], (pair, answer) => Row(model, pair.Prompt, answer))];

    /// <summary>What the reference finds of every row: log π_ref, in nats.</summary>
    public static double[] Reference(LanguageModel reference, IReadOnlyList<TrainingExample> rows, CancellationToken cancellation) =>
        [.. SequenceLoss.PerExample(reference, rows, cancellationToken: cancellation).Select(nats => -nats)];

    /// <summary>The mean loss of pairs, a scalar that can be differentiated, in nats.</summary>
    /// <param name="model">π.</param>
    /// <param name="rows">All pairs' rows.</param>
    /// <param name="reference">log π_ref of each row.</param>
    /// <param name="pairs">Which pairs.</param>
    public Tensor Mean(LanguageModel model, IReadOnlyList<TrainingExample> rows, double[] reference, IReadOnlyList<int> pairs)
    {
        int[] own = [.. pairs.SelectMany(pair => (int[])[2 * pair, (2 * pair) + 1])];
        var batch = Batch.Collate(rows, own, model.Device, model.WideType);
        var labelRows = tensor(Array.ConvertAll(batch.LabelRows, row => (long)row), device: model.Device);
        var policy = zeros([own.Length], model.WideType, model.Device).index_add(0, labelRows, TokenLoss.Nll(model, batch), -1);
        var gain = policy - tensor(own.Select(row => reference[row]).ToArray(), dtype: model.WideType, device: model.Device);
        var byPair = gain.view(-1, 2); // (pairs, chosen and rejected)
        return nn.functional.softplus((byPair.select(1, 1) - byPair.select(1, 0)) * beta).mean(); // −log σ(z) = softplus(−z)
    }

    private static TrainingExample Row(LabModel model, string prompt, string answer)
    {
        var (tokenizer, context) = (model.Tokenizer, model.Model.Config.MaxPositions);
        var row = TrainingExample.FromResponse(tokenizer.BosId, tokenizer.Encode(prompt), tokenizer.Encode(answer), tokenizer.EosId, context);
        if (row.Tokens[^1] == tokenizer.EosId)
        {
            row.LabelWeights[^1] = 0;
        }

        return row.LabelCount > 0 ? row : throw new UsageException($"The answer '{answer}' has no token to learn from.");
    }
}
