using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Tda.Review.Accounts;

/// <summary>
/// The reviewers' accounts as the gate uses them: checks a name with its password, a few times a minute for each address and each name, and
/// looks up whose sessions still hold.
/// </summary>
internal sealed class DeskAccounts(IReviewerStore store, Passwords passwords, TimeProvider time)
{
    private const int FailuresPerMinute = 10;

    // A change of role or password, or the end of an account, holds after this.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    // A program sends its password with every call, and hashing takes a twentieth of a second.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly FailureLimit _byAddress = new(FailuresPerMinute, time);
    private readonly FailureLimit _byName = new(FailuresPerMinute, time);
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Proved> _proved = new(StringComparer.Ordinal);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    // Hashing is made to be slow; whoever floods the login must not take every core.
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));
    private Existence? _any;

    /// <summary>The account that sessions of a name belong to, at most <see cref="Fresh"/> old; null where it ended or isn't there.</summary>
    /// <exception cref="TdaException">The store can't be read.</exception>
    public async Task<Reviewer?> CurrentAsync(string name, CancellationToken cancellationToken)
    {
        if (!_held.TryGetValue(name, out var held) || time.GetElapsedTime(held.At) >= Fresh)
        {
            held = new(await store.FindAsync(name, cancellationToken), time.GetTimestamp());
            if (held.Account is null)
            {
                _held.TryRemove(name, out _); // else names that are nobody's would fill the memory
            }
            else
            {
                _held[name] = held;
            }
        }

        return held.Account is { DisabledAt: null } account ? account : null;
    }

    /// <summary>Whether anybody has an account, at most <see cref="Fresh"/> ago; not while the store can't say.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _any) is not { } any || time.GetElapsedTime(any.At) >= Fresh)
        {
            try
            {
                any = new((await store.ListAsync(cancellationToken)).Any(account => account.DisabledAt is null), time.GetTimestamp());
                Volatile.Write(ref _any, any);
            }
            catch (TdaException)
            {
                return false;
            }
        }

        return any.Is;
    }

    /// <summary>Checks a name with its password.</summary>
    /// <returns>No account where they don't belong together, or the account was shut: one answer for both, in one time.</returns>
    /// <exception cref="TooManyLoginsException">The address or the name has failed too often lately.</exception>
    /// <exception cref="TdaException">The store can't be read.</exception>
    public async Task<LoginOutcome> LogInAsync(string name, string password, string address, CancellationToken cancellationToken)
    {
        var isName = Reviewer.IsName(name);
        var counted = isName ? name : "";
        if (!_byAddress.Take(address) || !_byName.Take(counted))
        {
            throw new TooManyLoginsException();
        }

        var failed = false;
        try
        {
            var account = isName ? await store.FindAsync(name, cancellationToken) : null;
            var check = await CheckAsync(account, password, cancellationToken);
            failed = check == PasswordCheck.Wrong || account is not { DisabledAt: null };
            var shown = failed ? null : check == PasswordCheck.RightButOld ? await RehashAsync(account!, password, cancellationToken) : account;
            return new(shown, account is not null, IsNew: true);
        }
        finally
        {
            if (!failed)
            {
                _byAddress.GiveBack(address);
                _byName.GiveBack(counted);
            }
        }
    }

    /// <summary>As <see cref="LogInAsync"/>, for a program that shows its password with every call: it is hashed once a minute only.</summary>
    public async Task<LoginOutcome> ProveAsync(string name, string password, string address, CancellationToken cancellationToken)
    {
        var mark = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name}\n{password}"));
        if (_proved.TryGetValue(name, out var proved) && time.GetElapsedTime(proved.At) < Remembered && CryptographicOperations.FixedTimeEquals(proved.Mark, mark)
            && await CurrentAsync(name, cancellationToken) is { } current && current.Generation == proved.Generation)
        {
            return new(current, IsKnown: true, IsNew: false);
        }

        var outcome = await LogInAsync(name, password, address, cancellationToken);
        if (outcome.Account is { } account)
        {
            _held[name] = new(account, time.GetTimestamp());
            _proved[name] = new(mark, account.Generation, time.GetTimestamp());
        }

        return outcome;
    }

    private async Task<PasswordCheck> CheckAsync(Reviewer? account, string password, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return passwords.Check(account, password);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Stores the password as it is hashed today, unless the account has changed meanwhile: then what was found stands.</summary>
    private async Task<Reviewer?> RehashAsync(Reviewer account, string password, CancellationToken cancellationToken)
    {
        // Old accounts may have a password that nobody could choose today.
        if (Passwords.Problem(password) is not null || !await store.ChangeAsync(account with { PasswordHash = passwords.Hash(password) }, cancellationToken))
        {
            return account;
        }

        _held.TryRemove(account.Name, out _);
        return await store.FindAsync(account.Name, cancellationToken) is { DisabledAt: null } renewed ? renewed : null;
    }

    private sealed record Held(Reviewer? Account, long At);

    private sealed record Proved(byte[] Mark, int Generation, long At);

    private sealed record Existence(bool Is, long At);
}

/// <summary>What became of a name with its password.</summary>
/// <param name="Account">Whose they are; null where they are nobody's.</param>
/// <param name="IsKnown">Whether the name is an account's; for the audit, not for whoever typed it.</param>
/// <param name="IsNew">Whether the password was hashed for it.</param>
internal readonly record struct LoginOutcome(Reviewer? Account, bool IsKnown, bool IsNew);

/// <summary>An address or a name has failed to log in too often lately.</summary>
internal sealed class TooManyLoginsException() : TdaException("Too many failed attempts. Wait a minute.");
