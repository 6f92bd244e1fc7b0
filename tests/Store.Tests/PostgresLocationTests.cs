using Tda.Store.Postgres;
using Tda.TestKit;

namespace Tda.Store.Tests;

public sealed class PostgresLocationTests
{
    private const string Secret = "s3cret-canary";

    [Fact]
    public void Parse_FullAddress_EveryPartTaken()
    {
        var builder = PostgresLocation.Parse($"postgres://an%40na:{Secret}@db.example:6432/my%20log?sslmode=verify-full&connect_timeout=7&application_name=x");

        Assert.Equal(("db.example", 6432, "my log", "an@na", Secret), (builder.Host, builder.Port, builder.Database, builder.Username, builder.Password));
        Assert.Equal((Npgsql.SslMode.VerifyFull, 7, "x"), (builder.SslMode, builder.Timeout, builder.ApplicationName));
    }

    [Theory]
    [InlineData("postgres://u:s3cret-canary@h")]
    [InlineData("postgres://u:s3cret-canary@h/")]
    [InlineData("postgres://u:s3cret-canary@h/db?sslmode=maybe")]
    [InlineData("postgres://u:s3cret-canary@h/db?password=s3cret-canary")]
    [InlineData("postgres://u:s3cret-canary@h/db?connect_timeout=0")]
    public void Parse_Wrong_UsageErrorWithoutTheSecret(string location)
    {
        var error = Assert.Throws<UsageException>(() => PostgresLocation.Parse(location));

        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NotAStore_UsageError()
    {
        using var home = new TempDirectory();

        var error = await Assert.ThrowsAsync<UsageException>(() => ExchangeStore.OpenAsync(new(home.Path), new() { Location = "mysql://x/y" }));

        Assert.Contains("postgres://", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_WrongPassword_SaysWhereToSetItAndShowsNone()
    {
        var server = await PostgresServer.Shared;
        using var home = new TempDirectory();

        var error = await Assert.ThrowsAsync<TdaException>(() => ExchangeStore.OpenAsync(new(home.Path), new() { Location = server.Address("postgres", Secret) }));

        Assert.Contains("TDA_STORE_PASSWORD", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NoSuchDatabase_SaysHowToCreateIt()
    {
        var server = await PostgresServer.Shared;
        using var home = new TempDirectory();

        var error = await Assert.ThrowsAsync<TdaException>(() => ExchangeStore.OpenAsync(new(home.Path), new() { Location = server.Address("nowhere") }));

        Assert.Contains("createdb", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NobodyListens_SaysSo()
    {
        using var home = new TempDirectory();
        var location = $"postgres://u:{Secret}@127.0.0.1:{FreePort.Next()}/db";

        var error = await Assert.ThrowsAsync<TdaException>(() => ExchangeStore.OpenAsync(new(home.Path), new() { Location = location }));

        Assert.Contains("does not answer", error.Message, StringComparison.Ordinal);
        Assert.Contains("postgres://127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Location_OpenedWithCredentials_ShowsNone()
    {
        await using var log = await TestLog.CreateAsync(Databases.Postgres);

        var store = await log.OpenAsync();

        Assert.StartsWith("postgres://127.0.0.1:", store.Location, StringComparison.Ordinal);
        Assert.DoesNotContain("@", store.Location, StringComparison.Ordinal);
    }
}
