namespace Tda.Gateway.Proxy;

/// <summary>Chooses a share of the exchanges by their ids: the same id is always chosen alike, on every machine.</summary>
internal static class Sampling
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>Whether an exchange is among the share.</summary>
    /// <param name="id">The exchange's id.</param>
    /// <param name="share">0 takes none, 1 takes all; who is among a share is among every larger one.</param>
    public static bool Takes(string id, double share) => share >= 1 || (share > 0 && Fraction(id) < share);

    /// <summary>The id's place in [0, 1).</summary>
    private static double Fraction(string id)
    {
        // FNV-1a reads all of the id, whose first half is a time; SplitMix64's mixer spreads it over all bits.
        var hash = FnvOffset;
        foreach (var c in id)
        {
            hash = (hash ^ c) * FnvPrime;
        }

        return (Mix(hash) >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
