using Tda.Review.Accounts;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Accounts;

public class PasswordsTests
{
    private const string Right = "correct horse battery";

    [Fact]
    public void Check_RightAndWrongOnes_ToldApart()
    {
        var passwords = new CountingHasher().Passwords;
        var account = Account(passwords.Hash(Right));

        Assert.Equal(PasswordCheck.Right, passwords.Check(account, Right));
        Assert.Equal(PasswordCheck.Wrong, passwords.Check(account, Right + " "));
        Assert.Equal(PasswordCheck.Wrong, passwords.Check(account, ""));
    }

    [Fact]
    public void Hash_Twice_SaltedAndCostly()
    {
        var passwords = new Passwords();

        var hash = passwords.Hash(Right);

        Assert.NotEqual(hash, passwords.Hash(Right));
        Assert.DoesNotContain(Right, hash, StringComparison.Ordinal);

        // Version 3 of ASP.NET's format: PBKDF2 with HMAC-SHA512 (2), iterations, and a salt of 16 bytes.
        Assert.Equal("01" + "00000002" + 210_000.ToString("X8", CultureInfo.InvariantCulture) + "00000010", Convert.ToHexString(Convert.FromBase64String(hash))[..26]);
        Assert.Equal(PasswordCheck.Right, passwords.Check(Account(hash), Right));
    }

    [Fact]
    public void Check_NobodyWrongOnesAndNoPassword_OneVerificationEach()
    {
        var hasher = new CountingHasher();
        var passwords = hasher.Passwords;
        var hash = passwords.Hash(Right);
        Reviewer?[] cases = [Account(hash), null, Account(null)];

        for (var i = 0; i < cases.Length; i++)
        {
            Assert.Equal(PasswordCheck.Wrong, passwords.Check(cases[i], "wrong password"));
            Assert.Equal(i + 1, hasher.Verifications);
        }
    }

    [Fact]
    public void Check_NobodysName_CostsAsManyIterationsAsAPasswordOfToday()
    {
        // A rehash would be asked for if it had fewer; none of its passwords is ever right, so the hasher's own answer is looked at.
        var hasher = new CountingHasher(iterations: 1000);
        var seen = new List<string>();
        var passwords = new Passwords(1000, new Spy(seen));

        passwords.Check(null, "anything at all");

        Assert.Equal(hasher.HashPassword(null!, Right)[..17], Assert.Single(seen)[..17]);
    }

    [Fact]
    public void Check_AnOldHash_RightButOld()
    {
        var old = new CountingHasher(50).HashPassword(null!, Right);

        Assert.Equal(PasswordCheck.RightButOld, new CountingHasher(100).Passwords.Check(Account(old), Right));
        Assert.Equal(PasswordCheck.Wrong, new CountingHasher(100).Passwords.Check(Account(old), "wrong password"));
    }

    [Fact]
    public void Check_StoredTextThatIsNoHash_Wrong() =>
        Assert.Equal(PasswordCheck.Wrong, new CountingHasher().Passwords.Check(Account("not base64!"), Right));

    [Fact]
    public void Check_AVeryLongText_CostsNoMoreThanTheLongestPassword()
    {
        var hasher = new CountingHasher();
        var passwords = hasher.Passwords;
        var account = Account(passwords.Hash(new string('x', Passwords.Longest)));

        Assert.Equal(PasswordCheck.Wrong, passwords.Check(account, new string('x', 100_000)));
        Assert.Equal(PasswordCheck.Right, passwords.Check(account, new string('x', Passwords.Longest)));
        Assert.Equal([Passwords.Longest + 1, Passwords.Longest], hasher.Lengths);
    }

    [Theory]
    [InlineData(11, "at least 12")]
    [InlineData(257, "at most 256")]
    public void Hash_TooShortOrTooLong_SaysSoAndNotThePassword(int length, string expected)
    {
        var password = new string('s', length);

        var error = Assert.Throws<UsageException>(() => new CountingHasher().Passwords.Hash(password));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sss", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(256)]
    public void Problem_AtTheLimits_None(int length) => Assert.Null(Passwords.Problem(new string('s', length)));

    [Fact]
    public void Problem_Blanks_Refused() => Assert.NotNull(Passwords.Problem(new string(' ', 20)));

    private static Reviewer Account(string? hash) => new() { Name = "ann", Role = ReviewRole.Reader, CreatedAt = default, PasswordHash = hash };

    private sealed class Spy(List<string> seen) : Microsoft.AspNetCore.Identity.IPasswordHasher<Reviewer>
    {
        public string HashPassword(Reviewer user, string password) => throw new NotSupportedException();

        public Microsoft.AspNetCore.Identity.PasswordVerificationResult VerifyHashedPassword(Reviewer user, string hashedPassword, string providedPassword)
        {
            seen.Add(hashedPassword);
            return Microsoft.AspNetCore.Identity.PasswordVerificationResult.Failed;
        }
    }
}
