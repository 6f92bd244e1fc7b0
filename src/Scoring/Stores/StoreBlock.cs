using static TorchSharp.torch;

namespace Tda.Scoring.Stores;

/// <summary>Some consecutive rows of one shard.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="First">The first row in it.</param>
/// <param name="Documents">Each row's document, ordinals in the corpus.</param>
/// <param name="Gradients">Projected gradients (rows, D) float32. Read only, and gone after the visit: it may be the mapped file itself.</param>
public sealed record StoreBlock(int Shard, int First, ReadOnlyMemory<int> Documents, Tensor Gradients);
