using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// Which exchanges are kept for measuring, by the hash of their prompt: the same prompt is always on the same side, in
/// every run and however the log grows, so no answer that is measured was trained on.
/// </summary>
public static class HeldOutSplit
{
    /// <param name="prompt">The prompt.</param>
    /// <param name="fraction">Share held out, 0 to 1.</param>
    public static bool IsHeldOut(string prompt, double fraction)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(prompt), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) < fraction * Math.Pow(2, 64);
    }
}
