namespace Tda.ProxyTrainer.Training;

/// <summary>The closed model's probabilities at tokens of an example, learned beside the tokens themselves.</summary>
/// <param name="Weight">α, 0 to 1: of the weight of a token in a run, 1 − α goes to its cross-entropy and α to the run's divergence.</param>
/// <param name="Temperature">T, above 0; see <see cref="TargetBatch"/>.</param>
/// <param name="Runs">In order, without overlap. A token in none of them has cross-entropy at its whole weight.</param>
public sealed record SoftTargets(float Weight, double Temperature, IReadOnlyList<TargetRun> Runs);

/// <summary>Neighbouring tokens of an example to whose text the closed model gave a probability.</summary>
/// <param name="Start">The first one's index in <see cref="TrainingExample.Tokens"/>, at least 1.</param>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Ids">
/// Of a run of one token: that token, then others that could have stood there, all different. Of a longer run: nothing, since only
/// its text has a probability.
/// </param>
/// <param name="Probabilities">Of <paramref name="Ids"/>; of a longer run one number. What they leave of 1 belongs to everything else.</param>
/// <param name="Top">The closed model's most likely token there; null where nobody knows it or it isn't one token of the surrogate's.</param>
public sealed record TargetRun(int Start, int Count, int[] Ids, double[] Probabilities, int? Top = null);
