using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Tda.Review.Accounts;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Support;

/// <summary>The real hasher, with few iterations, which counts its work.</summary>
internal sealed class CountingHasher(int iterations = CountingHasher.FewIterations) : IPasswordHasher<Reviewer>
{
    /// <summary>What tests can afford.</summary>
    public const int FewIterations = 100;

    private readonly PasswordHasher<Reviewer> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
    private int _verifications;

    /// <summary>Passwords checked so far.</summary>
    public int Verifications => _verifications;

    /// <summary>The lengths of what was checked.</summary>
    public List<int> Lengths { get; } = [];

    public Passwords Passwords => new(iterations, this);

    public string HashPassword(Reviewer user, string password) => _hasher.HashPassword(user, password);

    public PasswordVerificationResult VerifyHashedPassword(Reviewer user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _verifications);
        lock (Lengths)
        {
            Lengths.Add(providedPassword.Length);
        }

        return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
