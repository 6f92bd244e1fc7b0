namespace Tda.ProxyTrainer.Models;

/// <summary>A parameter of a model that needn't exist yet.</summary>
/// <param name="Name">Hugging Face's tensor name.</param>
/// <param name="Shape">As held in memory; a linear layer's weight is (out, in).</param>
/// <param name="Init">How it starts.</param>
/// <param name="StoredTransposed">The file holds (in, out): gpt2's Conv1D layers.</param>
internal sealed record ParameterSpec(string Name, long[] Shape, ParameterInit Init, bool StoredTransposed = false)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    public bool IsMatrix => Shape.Length > 1;

    /// <summary>A weight of a linear layer of attention or MLP, as opposed to embeddings and head.</summary>
    public bool IsBlockMatrix => IsMatrix && (Name.Contains(".layers.", StringComparison.Ordinal) || Name.Contains(".h.", StringComparison.Ordinal));
}
