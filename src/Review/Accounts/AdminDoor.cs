using System.Buffers.Text;
using System.Security.Cryptography;

namespace Tda.Review.Accounts;

/// <summary>The way in for whoever set the desk up, beside the reviewers' accounts: a credential, or a word that is good once.</summary>
public interface IAdminDoor
{
    /// <summary>Whether there is a credential; without one the door is for the machine's own users, with a word that is good once.</summary>
    bool IsConfigured { get; }

    /// <summary>The credential in force, with which sessions of its end; empty where none is configured.</summary>
    /// <exception cref="TdaException">It can't be read.</exception>
    string Current { get; }

    /// <summary>Whether an address has failed too often lately to be heard.</summary>
    bool IsThrottled(string address);

    /// <summary>Whether this is the credential, or the word. A failure counts against the address.</summary>
    /// <exception cref="TdaException">The credential can't be read.</exception>
    bool Check(string? presented, string address);
}

/// <summary>
/// A random word that is good once, after which there is another: it is in the link that is shown to the person who started the program, so that
/// other users of the machine are kept out.
/// </summary>
public sealed class OneTimeWord(TimeProvider time) : IAdminDoor
{
    /// <summary>Wrong words in a minute, from one address.</summary>
    internal const int FailuresPerMinute = 10;

    private readonly FailureLimit _failures = new(FailuresPerMinute, time);
    private readonly Lock _turn = new();
    private string _word = NewWord();

    public bool IsConfigured => false;

    public string Current => "";

    /// <summary>The word that is good now.</summary>
    public string Word => Volatile.Read(ref _word);

    /// <summary>Called when the word was used and there is another.</summary>
    public Action? Used { get; set; }

    public bool IsThrottled(string address) => _failures.IsReached(address);

    public bool Check(string? presented, string address)
    {
        if (TryUse(presented))
        {
            return true;
        }

        _failures.Count(address);
        return false;
    }

    /// <summary>Uses the word up, if it is the one.</summary>
    internal bool TryUse(string? presented)
    {
        lock (_turn)
        {
            if (!Same(presented, _word))
            {
                return false;
            }

            Volatile.Write(ref _word, NewWord());
        }

        Used?.Invoke();
        return true;
    }

    /// <summary>Whether two texts are the same, in a time that tells nothing of the secret one: hashes have one length.</summary>
    internal static bool Same(string? presented, string secret) => CryptographicOperations.FixedTimeEquals(Hash(presented ?? ""), Hash(secret));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string NewWord() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
}
