namespace Tda.ProxyTrainer.Classifiers;

/// <summary>What a training left. Owns its tensors.</summary>
/// <param name="Stack">The K trained models.</param>
/// <param name="Checkpoints">Per model, oldest first, the last being the trained model; empty unless asked for.</param>
public sealed record ClassifierRun(ClassifierStack Stack, IReadOnlyList<IReadOnlyList<ClassifierCheckpoint>> Checkpoints) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Stack.Dispose();
        foreach (var checkpoint in Checkpoints.SelectMany(c => c))
        {
            checkpoint.Dispose();
        }
    }
}
