using System.Text.Json;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Checkpoints;

/// <summary>A checkpoint's training.json.</summary>
internal sealed record CheckpointHistory(int Step, string Fingerprint, TrainingHistory History)
{
    public static CheckpointHistory Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<CheckpointHistory>(File.ReadAllBytes(path), JsonDefaults.Options)
                ?? throw new BadInputException(path, "the file holds null");
        }
        catch (JsonException e)
        {
            throw new BadInputException(path, e.Message, e.BytePositionInLine, inner: e);
        }
    }
}
