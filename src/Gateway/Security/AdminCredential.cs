using System.Buffers.Text;
using System.Security.Cryptography;

namespace Tda.Gateway.Security;

/// <summary>
/// Checks the credential of pages and API: in constant time, and failures only a few times a minute. Where none is configured, a random
/// word stands for it that is good once: it is in the link that the gateway shows to the person who started it, so that other users of the
/// machine are kept out.
/// </summary>
internal sealed class AdminCredential(LiveOptions live, HeldSecrets secrets, TimeProvider time)
{
    private const int FailuresPerMinute = 10;

    private readonly FailureLimit _failures = new(FailuresPerMinute, time);
    private readonly Lock _turn = new();
    private string _word = NewWord();

    /// <summary>Whether there is one.</summary>
    public bool IsConfigured => live.Current.Security.Admin is not null;

    /// <summary>The credential in force; empty where none is configured.</summary>
    /// <exception cref="TdaException">It can't be read.</exception>
    public string Current => live.Current.Security.Admin is { } source ? secrets.Admin.Of(source) : "";

    /// <summary>The word that is good once, where no credential is configured.</summary>
    public string Word => Volatile.Read(ref _word);

    /// <summary>Called when the word was used and there is another.</summary>
    public Action? WordUsed { get; set; }

    /// <summary>Whether an address has failed too often lately to be heard.</summary>
    public bool IsThrottled(string address) => _failures.IsReached(address);

    /// <summary>Whether this is the credential. A failure counts against the address.</summary>
    /// <exception cref="TdaException">The credential can't be read.</exception>
    public bool Check(string? presented, string address)
    {
        if (live.Current.Security.Admin is { } source ? Same(presented, secrets.Admin.Of(source)) : Use(presented))
        {
            return true;
        }

        _failures.Count(address);
        return false;
    }

    private bool Use(string? presented)
    {
        lock (_turn)
        {
            if (!Same(presented, _word))
            {
                return false;
            }

            Volatile.Write(ref _word, NewWord());
        }

        WordUsed?.Invoke();
        return true;
    }

    private static bool Same(string? presented, string secret) => CryptographicOperations.FixedTimeEquals(Hash(presented ?? ""), Hash(secret));

    // Hashes have one length, so that a comparison tells nothing of the credential's.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string NewWord() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
}
