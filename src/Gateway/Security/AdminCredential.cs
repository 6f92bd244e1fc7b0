using System.Security.Cryptography;
using System.Threading.RateLimiting;

namespace Tda.Gateway.Security;

/// <summary>Checks the credential of pages and API: in constant time, and failures only a few times a minute.</summary>
internal sealed class AdminCredential(LiveOptions live, HeldSecrets secrets) : IDisposable
{
    private const int FailuresPerMinute = 10;

    private readonly PartitionedRateLimiter<string> _failures = PartitionedRateLimiter.Create<string, string>(
        address => RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new() { PermitLimit = FailuresPerMinute, Window = TimeSpan.FromMinutes(1) }));

    /// <summary>Whether there is one.</summary>
    public bool IsConfigured => live.Current.Security.Admin is not null;

    /// <summary>Whether an address has failed too often lately to be heard.</summary>
    public bool IsThrottled(string address)
    {
        using var lease = _failures.AttemptAcquire(address, 0);
        return !lease.IsAcquired;
    }

    /// <summary>Whether this is the credential. A failure counts against the address.</summary>
    /// <exception cref="TdaException">The credential can't be read.</exception>
    public bool Check(string? presented, string address)
    {
        if (live.Current.Security.Admin is not { } source)
        {
            return false;
        }

        if (CryptographicOperations.FixedTimeEquals(Hash(presented ?? ""), Hash(secrets.Admin.Of(source))))
        {
            return true;
        }

        _failures.AttemptAcquire(address).Dispose();
        return false;
    }

    public void Dispose() => _failures.Dispose();

    // Hashes have one length, so that a comparison tells nothing of the credential's.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
