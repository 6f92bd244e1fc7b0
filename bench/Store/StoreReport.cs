namespace Tda.Bench.Store;

/// <summary>The committed results of the verb `store`.</summary>
internal sealed record StoreReport(StoreMachine Machine, int Exchanges, int Batch, List<StoreResult> Stores)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "store.json"), JsonSerializer.Serialize(this, JsonDefaults.Indented) + "\n");
    }
}
