using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Tda.Review.Accounts;

/// <summary>
/// Hashes and checks reviewers' passwords, with ASP.NET's hasher: PBKDF2 with HMAC-SHA512 and a salt of each password's own. Whoever isn't there
/// costs as much as a wrong password, so that the time of a login doesn't say which names there are.
/// </summary>
public sealed class Passwords
{
    /// <summary>Characters of a password at least.</summary>
    public const int Shortest = 12;

    /// <summary>Characters of a password at most: hashing a longer one would only take time.</summary>
    public const int Longest = 256;

    // OWASP's figure for PBKDF2 with SHA-512; ASP.NET's own default is 100,000.
    private const int Iterations = 210_000;

    private readonly IPasswordHasher<Reviewer> _hasher;
    private readonly Reviewer _nobody;

    public Passwords()
        : this(Iterations)
    {
    }

    /// <summary>One whose hashes cost less or more, or whose work is counted.</summary>
    internal Passwords(int iterations, IPasswordHasher<Reviewer>? hasher = null)
    {
        _hasher = hasher ?? new PasswordHasher<Reviewer>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        _nobody = new() { Name = "nobody", Role = ReviewRole.Reader, CreatedAt = default, PasswordHash = HashOfNothing(iterations) };
    }

    /// <summary>What is wrong with a password that somebody wants to have; null where nothing is. Never says the password.</summary>
    public static string? Problem(string? password) => password switch
    {
        null or { Length: < Shortest } => $"a password must have at least {Shortest} characters",
        { Length: > Longest } => $"a password must have at most {Longest} characters",
        _ when string.IsNullOrWhiteSpace(password) => "a password must not be blank",
        _ => null,
    };

    /// <summary>What is stored of a password.</summary>
    /// <exception cref="UsageException">It can't be one, see <see cref="Problem"/>.</exception>
    public string Hash(string password) => Problem(password) is { } problem ? throw new UsageException(problem) : _hasher.HashPassword(_nobody, password);

    /// <summary>Checks a password: always one verification, also where there is no account, or one without a password.</summary>
    /// <param name="reviewer">Whose it should be; null where the name is nobody's.</param>
    /// <param name="password">What was typed.</param>
    internal PasswordCheck Check(Reviewer? reviewer, string password)
    {
        var known = reviewer?.PasswordHash is null ? _nobody : reviewer;

        // As long as it may be, and one more, which none is: so that a long text costs no more than a password.
        var typed = password.Length > Longest ? password[..(Longest + 1)] : password;
        try
        {
            var result = _hasher.VerifyHashedPassword(known, known.PasswordHash!, typed);
            return ReferenceEquals(known, _nobody) || result == PasswordVerificationResult.Failed ? PasswordCheck.Wrong
                : result == PasswordVerificationResult.SuccessRehashNeeded ? PasswordCheck.RightButOld
                : PasswordCheck.Right;
        }
        catch (FormatException)
        {
            return PasswordCheck.Wrong; // what is stored is no hash
        }
    }

    /// <summary>A hash in the hasher's own format (version 3) that no password has: its key is random, and nobody derived it.</summary>
    private static string HashOfNothing(int iterations)
    {
        const int salt = 16;
        const int header = 13;
        var bytes = RandomNumberGenerator.GetBytes(header + salt + 32);
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), 2); // HMAC-SHA512
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), (uint)iterations);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(9), salt);
        return Convert.ToBase64String(bytes);
    }
}

/// <summary>What became of a password.</summary>
internal enum PasswordCheck
{
    Wrong,
    Right,

    /// <summary>Right, and hashed as is no longer done: hash it anew.</summary>
    RightButOld,
}
