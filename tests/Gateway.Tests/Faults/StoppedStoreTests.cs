using Microsoft.Data.Sqlite;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.Store.Verification;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A store that takes nothing for a while: clients notice nothing, and afterwards it has everything.</summary>
public class StoppedStoreTests
{
    [Fact]
    public async Task Post_SqliteLockedByAnother_SpooledMeanwhileAndStoredOnceItIsFree()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await using (var other = new SqliteConnection($"Data Source={gateway.Home.DatabasePath};Pooling=False"))
        {
            await other.OpenAsync();
            await using var lockIt = other.CreateCommand();
            lockIt.CommandText = "BEGIN EXCLUSIVE";
            await lockIt.ExecuteNonQueryAsync();
            for (var i = 0; i < 20; i++)
            {
                Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
            }

            await Eventually.TrueAsync(() => gateway.Server.Health is { Status: "degraded", Pending: 20 }, TimeSpan.FromSeconds(30));
        }

        await gateway.Server.DrainedAsync();
        Assert.Equal("ok", gateway.Server.Health.Status);
        Assert.Equal(20, (await gateway.StopAndReadAsync()).Count);
    }

    [Fact]
    public async Task Start_SqliteLockedByAnother_ServedMeanwhileAndStoredOnceItIsFree()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        using var folder = new TempDirectory();
        var home = new TdaHome(folder.Path);
        var other = new SqliteConnection($"Data Source={home.DatabasePath};Pooling=False");
        await other.OpenAsync();
        await using var lockIt = other.CreateCommand();
        lockIt.CommandText = "CREATE TABLE other (x); BEGIN EXCLUSIVE";
        await lockIt.ExecuteNonQueryAsync();

        await using var gateway = await GatewayServer.StartAsync(TestGateway.Options(upstream.Url, home.Root));
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => gateway.Health is { Status: "degraded", Pending: 1 }, TimeSpan.FromSeconds(30));
        await other.DisposeAsync();

        await gateway.DrainedAsync();
        Assert.Equal("ok", gateway.Health.Status);
        Assert.Equal(1, (await gateway.Store.CountAsync(ExchangeFilter.All)).Total);
    }

    [Fact]
    public async Task Post_PostgresStoppedAtTheStartAndInTheMiddle_ServedAllAlongAndEverythingStoredOnce()
    {
        var server = await PostgresServer.CreateAsync();
        try
        {
            var database = await server.CreateDatabaseAsync();
            await server.StopAsync();
            await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
            await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Store = server.Address(database) });
            await PostAsync(gateway, 10);
            await Eventually.TrueAsync(() => gateway.Server.Health is { Status: "degraded", Pending: 10 }, TimeSpan.FromSeconds(30));

            await server.StartAsync();
            await gateway.Server.DrainedAsync();
            await PostAsync(gateway, 10);
            await server.StopAsync();
            await PostAsync(gateway, 10);
            await server.StartAsync();
            await gateway.Server.DrainedAsync();

            Assert.Equal(30, (await gateway.Server.Store.CountAsync(ExchangeFilter.All)).Total);
            TestGateway.AssertAllRecorded(30, gateway.Server.Counts);
            Assert.True((await ExchangeVerifier.VerifyAsync(gateway.Server.Store)).Passed);
        }
        finally
        {
            await server.StopAsync();
            server.Remove();
        }
    }

    [Fact]
    public async Task Post_StreamDoneButConnectionKeptOpen_SpooledBeforeTheClientHasItsEnd()
    {
        var release = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.ChatStream);
            await release.Task;
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Durability = Durability.Synced });
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        await client.ReadUntilAsync("[DONE]\n\n");

        var (path, _) = Assert.Single(Gateway.Spool.SpoolDirectory.All(gateway.Home.SpoolDirectory));
        var (_, reader) = Spool.SpoolSamples.ReadAll(path);
        using (reader)
        {
            var partial = Assert.Single(reader.Unsettled());
            Assert.EndsWith("[DONE]\n\n", System.Text.Encoding.UTF8.GetString(partial.Exchange.ResponseBody.Bytes), StringComparison.Ordinal);
        }

        release.SetResult();
        Assert.Equal(TerminalState.Complete, (await gateway.StopAndReadOneAsync()).State);
    }

    private static async Task PostAsync(TestGateway gateway, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        }
    }
}
