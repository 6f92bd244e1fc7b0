namespace Tda.ProxyTrainer.Training;

/// <summary>A sequence to train on, with what each of its tokens counts as a label.</summary>
/// <param name="Tokens">At least two, normally BOS first and EOS last.</param>
/// <param name="LabelWeights">
/// For every token the weight of predicting it: 1 loss, 0 none, −λ to push its probability down (IF-Guide), any other
/// factor to re-weight. As long as <paramref name="Tokens"/>; the first is ignored, since nothing predicts it.
/// </param>
public sealed record TrainingExample(int[] Tokens, float[] LabelWeights)
{
    /// <summary>Probabilities to learn beside the tokens; null: tokens alone.</summary>
    public SoftTargets? Targets { get; init; }

    /// <summary>Tokens that carry loss.</summary>
    public int LabelCount => LabelWeights.Skip(1).Count(weight => weight != 0);

    /// <summary>
    /// A document as training rows: BOS + tokens + EOS, split where it is longer than the context; every row begins with
    /// BOS, every token but that carries loss.
    /// </summary>
    /// <param name="document">BOS + tokens + EOS.</param>
    /// <param name="context">Most tokens a row.</param>
    /// <param name="weight">The document's weight; 0 is as if it weren't there.</param>
    /// <param name="masked">Label-token indices into <paramref name="document"/> to suppress.</param>
    /// <param name="penalty">λ: masked tokens weigh −λ.</param>
    public static IEnumerable<TrainingExample> FromDocument(
        IReadOnlyList<int> document, int context, float weight = 1, IReadOnlySet<int>? masked = null, float penalty = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        for (var start = 1; start < document.Count; start += context - 1)
        {
            var labels = Math.Min(context - 1, document.Count - start);
            var tokens = new int[labels + 1];
            var weights = new float[labels + 1];
            tokens[0] = document[0];
            for (var i = 0; i < labels; i++)
            {
                tokens[i + 1] = document[start + i];
                weights[i + 1] = masked?.Contains(start + i) == true ? -penalty * weight : weight;
            }

            yield return new TrainingExample(tokens, weights);
        }
    }

    /// <summary>
    /// A prompt and its response: only the response and EOS carry loss. Too long for the context, the prompt loses its
    /// beginning, as a model with that context would have seen it; then the response loses its end.
    /// </summary>
    public static TrainingExample FromResponse(int bos, IReadOnlyList<int> prompt, IReadOnlyList<int> response, int eos, int context, float weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        int[] answer = [.. response.Append(eos).Take(context - 1)];
        int[] tokens = [bos, .. prompt.TakeLast(Math.Max(0, context - 1 - answer.Length)), .. answer];
        var weights = new float[tokens.Length];
        Array.Fill(weights, weight, tokens.Length - answer.Length, answer.Length);
        return new TrainingExample(tokens, weights);
    }
}
