using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.Store.Maintenance;

namespace Tda.Gateway.Tests.Recording;

/// <summary>What is erased from the log while a gateway runs.</summary>
public class ErasureTests
{
    [Fact]
    public async Task EraseAsync_TextStillInTheRunningSpool_SaidAndGoneAfterTheStop()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();
        var id = (await gateway.Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id;

        var report = await ExchangeEraser.EraseAsync(gateway.Server.Store, gateway.Home, [id], new() { Reason = "asked for" });

        var copy = Assert.Single(report.Copies);
        Assert.True(copy is { Spool: true, Rewritten: false });
        Assert.Equal([id], copy.Ids);
        await gateway.Server.StopAsync();
        Assert.False(File.Exists(copy.Path));
    }

    [Fact]
    public async Task Post_MoreThanASegmentHolds_WhatTheStoreTookIsBlankBeforeItIsWrittenAgain()
    {
        const string Marker = "a word that is in the first request alone";
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Spool = new() { SegmentBytes = 64 << 10 } });
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", $"{{\"x\":\"{Marker}\"}}");
        Assert.Contains(Segments(), file => Holds(file, Marker));

        // Three segments full, of which the first is used again.
        for (var i = 0; i < 20; i++)
        {
            await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", "{\"x\":\"" + new string('y', 12_000) + "\"}");
            await gateway.Server.DrainedAsync();
        }

        await TestKit.Eventually.TrueAsync(() => !Segments().Any(file => Holds(file, Marker)), TimeSpan.FromSeconds(30));
        Assert.Equal(21, (await gateway.StopAndReadAsync()).Count);

        string[] Segments() => [.. Directory.GetFiles(gateway.Home.SpoolDirectory, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock")];
    }

    private static bool Holds(string file, string text)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        }
        catch (IOException)
        {
            // Renamed or removed meanwhile, or being blanked.
            return true;
        }
    }
}
