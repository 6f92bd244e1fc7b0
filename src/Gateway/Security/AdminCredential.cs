using System.Security.Cryptography;

namespace Tda.Gateway.Security;

/// <summary>Checks the credential of pages and API: in constant time, and failures only a few times a minute.</summary>
internal sealed class AdminCredential(LiveOptions live, HeldSecrets secrets, TimeProvider time)
{
    private const int FailuresPerMinute = 10;

    private readonly FailureLimit _failures = new(FailuresPerMinute, time);

    /// <summary>Whether there is one.</summary>
    public bool IsConfigured => live.Current.Security.Admin is not null;

    /// <summary>Whether an address has failed too often lately to be heard.</summary>
    public bool IsThrottled(string address) => _failures.IsReached(address);

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

        _failures.Count(address);
        return false;
    }

    // Hashes have one length, so that a comparison tells nothing of the credential's.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
