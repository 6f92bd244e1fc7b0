using Tda.Cli.Tests.Terminal;
using Tda.Review.Accounts;
using Tda.Store;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>The accounts of the reviewer's desk, kept from the command line.</summary>
public sealed class ReviewersTests : IDisposable
{
    private const string Password = "canary correct horse 7001";
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Reviewers_FromAddToEnable_EachChangeHoldsCountsAndIsAudited()
    {
        _tda.Folder.Write("secret.txt", $"{Password}\nanother line\n");
        _tda.Folder.Write("other.txt", "canary another horse 7002");

        var added = await _tda.JsonAsync("reviewers", "add", "ann", "--password-file", "secret.txt");
        Assert.Equal(("ann", "reviewer", "enabled", null), ((string)added["name"]!, (string)added["role"]!, (string)added["state"]!, added["password"]));
        Assert.Equal(PasswordCheck.Right, await CheckAsync(Password));

        await _tda.JsonAsync("reviewers", "set", "ann", "--role", "adjudicator");
        await _tda.JsonAsync("reviewers", "password", "ann", "--password-file", "other.txt");
        Assert.Equal(PasswordCheck.Wrong, await CheckAsync(Password));
        Assert.Equal(PasswordCheck.Right, await CheckAsync("canary another horse 7002"));
        await _tda.JsonAsync("reviewers", "disable", "ann");
        var shut = Assert.Single((await _tda.JsonAsync("reviewers", "list")).AsArray())!;
        Assert.Equal(("adjudicator", "disabled"), ((string)shut["role"]!, (string)shut["state"]!));
        await _tda.JsonAsync("reviewers", "enable", "ann");

        Assert.Equal((ReviewRole.Adjudicator, null, 4), await ReadAsync(account => (account.Role, account.DisabledAt, account.Generation)));
        await using var log = await ExchangeStore.OpenAsync(new(_tda.Home));
        Assert.Equal(
            [("reviewer_add", "role reviewer"), ("reviewer_change", "role adjudicator"), ("reviewer_change", "password"), ("reviewer_change", "disabled"), ("reviewer_change", "enabled")],
            (await log.AuditsAsync()).Reverse().Select(entry => (entry.Action, entry.Detail!)));
        foreach (var file in Directory.GetFiles(_tda.Home, "tda.db*"))
        {
            Assert.DoesNotContain("canary", Encoding.Latin1.GetString(await ReadSharedAsync(file)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Add_Generated_PrintedOnceAndGoodToLogIn()
    {
        var added = await _tda.JsonAsync("reviewers", "add", "ann", "--role", "admin", "--generate");

        Assert.Equal(PasswordCheck.Right, await CheckAsync((string)added["password"]!));
        Assert.Null(Assert.Single((await _tda.JsonAsync("reviewers", "list")).AsArray())!["password"]);
        var other = await _tda.RunAsync("reviewers", "password", "ann", "--generate");
        Assert.Equal(PasswordCheck.Right, await CheckAsync(other.Output.Trim()));
        Assert.Contains("shown only now", other.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(other.Output.Trim(), other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disable_TheLastAdmin_DoneAndSaid()
    {
        await _tda.JsonAsync("reviewers", "add", "ann", "--role", "admin", "--generate");

        var disabled = await _tda.RunAsync("reviewers", "disable", "ann");
        var again = await _tda.RunAsync("reviewers", "disable", "ann");

        Assert.Equal(0, disabled.ExitCode);
        Assert.Contains("No account has the role admin now", disabled.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("No account has the role admin now", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "can't be a name", "reviewers", "add", "a b", "--generate")]
    [InlineData(2, "with the admin credential", "reviewers", "add", "Admin", "--generate")]
    [InlineData(2, "--password-file", "reviewers", "add", "ann")]
    [InlineData(2, "exclude each other", "reviewers", "add", "ann", "--generate", "--password-file", "short.txt")]
    [InlineData(2, "at least 12", "reviewers", "add", "ann", "--password-file", "short.txt")]
    [InlineData(2, "at most 256", "reviewers", "add", "ann", "--password-file", "long.txt")]
    [InlineData(3, "can't be read", "reviewers", "add", "ann", "--password-file", "none.txt")]
    [InlineData(2, "there is no account bob", "reviewers", "set", "bob", "--role", "reader")]
    [InlineData(2, "there is no account bob", "reviewers", "disable", "bob")]
    [InlineData(2, "must be one of reader, reviewer, adjudicator, admin", "reviewers", "set", "bob", "--role", "king")]
    [InlineData(2, "'--role' is required", "reviewers", "set", "bob")]
    public async Task Reviewers_WhatCanNotBe_SaidWithoutThePassword(int exitCode, string expected, params string[] arguments)
    {
        _tda.Folder.Write("short.txt", "canary");
        _tda.Folder.Write("long.txt", new string('c', 100_000) + "canary");

        var result = await _tda.FailsAsync(exitCode, arguments);

        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_ANameThatIsTaken_RefusedAndTheFirstStays()
    {
        _tda.Folder.Write("secret.txt", Password);
        await _tda.JsonAsync("reviewers", "add", "ann", "--password-file", "secret.txt");

        var result = await _tda.FailsAsync(2, "reviewers", "add", "ann", "--generate");

        Assert.Contains("there is an account ann already", result.Error, StringComparison.Ordinal);
        Assert.Equal(PasswordCheck.Right, await CheckAsync(Password));
    }

    [Theory]
    [InlineData(Password, Password, 0)]
    [InlineData(Password, "canary another horse 7002", 2)]
    public async Task Add_OnATerminal_AskedTwice(string first, string second, int exitCode)
    {
        var (code, screen, _) = await PseudoTerminal.RunAsync(_tda, "reviewers add ann", typed: $"{first}\\r{second}\\r");

        Assert.True(code == exitCode, $"{code}: {screen}");
        Assert.Equal(exitCode == 0 ? 1 : 0, (await _tda.JsonAsync("reviewers", "list")).AsArray().Count);
        if (exitCode == 0)
        {
            Assert.Equal(PasswordCheck.Right, await CheckAsync(Password));
        }
    }

    private async Task<PasswordCheck> CheckAsync(string password) => await ReadAsync(account => new Passwords().Check(account, password));

    private async Task<T> ReadAsync<T>(Func<Reviewer, T> read)
    {
        await using var accounts = ReviewStore.AccountsBeside(new(_tda.Home));
        return read((await accounts.FindAsync("ann"))!);
    }

    private static async Task<byte[]> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
