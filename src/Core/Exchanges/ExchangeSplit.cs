using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tda.Core.Exchanges;

/// <summary>
/// Which exchanges are held out for measuring: decided by the hash of their prompt alone, so that the same prompt is on
/// the same side in every run, on every machine, and however the log grows. No answer that is measured was trained on.
/// </summary>
/// <remarks>
/// The prompt is normalised before it is hashed: each run of white space, line ends included, counts as one space, and none
/// counts at the ends; so prompts that a template or an editor spaced differently fall on one side too. Letters stay as they
/// are. The place is the first 53 bits of the SHA-256 of its UTF-8 bytes, as a fraction.
/// </remarks>
public static class ExchangeSplit
{
    /// <summary>The share that is held out where nobody says otherwise.</summary>
    public const double DefaultFraction = .2;

    /// <summary>Whether exchanges with this prompt are held out.</summary>
    /// <param name="prompt">The prompt as one text (<see cref="Exchange.Prompt"/>).</param>
    /// <param name="fraction">The share that is held out, 0 to 1; who is held out at one share is so at every larger one.</param>
    public static bool IsHeldOut(string prompt, double fraction) => Place(prompt) < fraction;

    /// <summary>The prompt's place in [0, 1).</summary>
    public static double Place(string prompt)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(Normalise(prompt)), hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The prompt as it is hashed.</summary>
    internal static string Normalise(string prompt)
    {
        var text = new StringBuilder(prompt.Length);
        foreach (var rune in prompt.EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune))
            {
                text.Append(rune);
            }
            else if (text.Length > 0 && text[^1] != ' ')
            {
                text.Append(' ');
            }
        }

        return text.ToString().TrimEnd(' ');
    }
}

/// <summary>A side of the split between what is learned from and what is measured, see <see cref="ExchangeSplit"/>.</summary>
public enum SplitSide
{
    /// <summary>Learned from.</summary>
    Train,

    /// <summary>Measured, and never learned from.</summary>
    HeldOut,
}
