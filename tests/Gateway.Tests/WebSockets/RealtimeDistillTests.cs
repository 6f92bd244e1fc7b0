using System.Net.WebSockets;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>From Realtime connections through the log into a surrogate, by the commands that people have.</summary>
public sealed class RealtimeDistillTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Distill_ConnectionsOfSeveralTurns_EveryTurnIsLearnt()
    {
        await using var upstream = await SocketUpstream.StartAsync(RealtimeScript.ServeAsync);
        var (gateway, url) = await _tda.ServeAsync("gateway", "--upstream", upstream.Url);
        await using (gateway)
        {
            for (var connection = 0; connection < 2; connection++)
            {
                using var client = await SocketUpstream.ConnectAsync(url);
                for (var turn = 0; turn < 3; turn++)
                {
                    foreach (var asked in RealtimeScript.Ask($"question {turn} of {connection}"))
                    {
                        await SocketUpstream.SendAsync(client, asked);
                    }

                    while (!(await SocketUpstream.ReceiveTextAsync(client))!.Contains("response.done", StringComparison.Ordinal))
                    {
                    }
                }

                await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }

            await gateway.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(TimeSpan.FromMinutes(1))).ExitCode);
        }

        var texts = _tda.Folder.Write("texts.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $$"""{"text":"You said: a document of number {{i}} with a few words in it"}""" + "\n")));
        await _tda.JsonAsync("corpus", "import", texts, "--name", "c");

        var distilled = await _tda.JsonAsync(
            "distill", "--corpus", "c", "--name", "s", "--exchanges", "route:/v1/realtime", "--held-out", "0", "--width", "16", "--layers", "1", "--heads", "1", "--vocabulary", "280");

        Assert.Equal(6, (int)distilled["responses"]!);
    }
}
