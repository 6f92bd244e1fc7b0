namespace Tda.Evaluation.Banks;

/// <summary>
/// A finished retraining's <c>.json</c>, written after its <c>.npy</c>: where it stands, the losses are whole. A file of its own, and
/// not a line of the manifest, so that machines of a job array that share a directory never wait for, or overwrite, each other.
/// </summary>
/// <param name="Subset">Which subset.</param>
/// <param name="Seed">Which of its models.</param>
/// <param name="TrainingSeed">Seed of the model's weights.</param>
/// <param name="Plan">SHA-256 of the bank's <c>subsets.npy</c>: losses of another bank don't pass for this one's.</param>
/// <param name="Losses">SHA-256 of the <c>.npy</c>.</param>
/// <param name="Seconds">What the training took.</param>
internal sealed record RetrainingRecord(int Subset, int Seed, long TrainingSeed, string Plan, string Losses, double Seconds);
