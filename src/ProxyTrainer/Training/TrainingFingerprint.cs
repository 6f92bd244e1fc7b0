using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Training;

/// <summary>Identifies a run: a checkpoint of other data, another shape or other options must not be gone on with.</summary>
internal static class TrainingFingerprint
{
    public static string Of(ModelConfig config, IReadOnlyList<TrainingExample> examples, TrainingOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // How often and where checkpoints are written changes nothing in the run.
        hash.AppendData(Encoding.UTF8.GetBytes($"{config}\n{options with { CheckpointDirectory = null, CheckpointEvery = 0 }}\n"));
        Span<byte> length = stackalloc byte[4];
        foreach (var example in examples)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, example.Tokens.Length);
            hash.AppendData(length);
            hash.AppendData(MemoryMarshal.AsBytes<int>(example.Tokens));
            hash.AppendData(MemoryMarshal.AsBytes<float>(example.LabelWeights));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
