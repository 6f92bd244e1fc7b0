using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>A named leaf tensor: a view of the model's flat buffer.</summary>
/// <param name="Name">Hugging Face's tensor name.</param>
/// <param name="Tensor">Requires a gradient; a linear layer's weight is (out, in) in every family.</param>
/// <param name="Offset">Where it begins in <see cref="LanguageModel.Flat"/>.</param>
/// <param name="StoredTransposed">The file holds (in, out).</param>
public sealed record Parameter(string Name, Tensor Tensor, long Offset, bool StoredTransposed);
