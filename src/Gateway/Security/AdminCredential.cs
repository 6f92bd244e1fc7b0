using Tda.Review.Accounts;

namespace Tda.Gateway.Security;

/// <summary>
/// Checks the credential of pages and API: in constant time, and failures only a few times a minute. Where none is configured, a word that is good
/// once stands for it.
/// </summary>
internal sealed class AdminCredential(LiveOptions live, HeldSecrets secrets, TimeProvider time) : IAdminDoor
{
    private const int FailuresPerMinute = 10;

    private readonly FailureLimit _failures = new(FailuresPerMinute, time);

    public bool IsConfigured => live.Current.Security.Admin is not null;

    public string Current => live.Current.Security.Admin is { } source ? secrets.Admin.Of(source) : "";

    /// <summary>The word that is good once, where no credential is configured.</summary>
    public OneTimeWord Word { get; } = new(time);

    public bool IsThrottled(string address) => _failures.IsReached(address);

    public bool Check(string? presented, string address)
    {
        if (live.Current.Security.Admin is { } source ? OneTimeWord.Same(presented, secrets.Admin.Of(source)) : Word.TryUse(presented))
        {
            return true;
        }

        _failures.Count(address);
        return false;
    }
}
