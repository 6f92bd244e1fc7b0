using System.Net;
using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Cli.Tests.Interruption;

/// <summary>Ctrl+C is how a person ends a server: that is no failure, and nothing recorded is lost.</summary>
public sealed class ServerInterruptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Gateway_Interrupted_Exits0AndCountsWhatItForwarded()
    {
        (var gateway, var url) = await _tda.ServeAsync("gateway", "--upstream", "http://127.0.0.1:1", "--json");
        await using (gateway)
        {
            // Nobody listens at the upstream: the client is told, and the log keeps the attempt.
            using var client = new HttpClient();
            using var answer = await client.PostAsync(new Uri(url, "v1/chat/completions"),
                new StringContent("""{"model":"m","messages":[{"role":"user","content":"hello"}]}""", System.Text.Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);

            await gateway.InterruptAsync();
            var result = await gateway.ExitAsync(Patience);

            Assert.True(result.ExitCode == 0, $"{result}");
            Assert.Equal(1, (int)JsonNode.Parse(result.Output)!["forwarded"]!);
            Assert.Equal(1, (int)JsonNode.Parse(result.Output)!["recorded"]!);
        }

        Assert.Single((await _tda.JsonAsync("exchanges", "list")).AsArray());
        Assert.True((bool)(await _tda.JsonAsync("exchanges", "verify"))["passed"]!);
    }

    [Fact]
    public async Task Review_LinkOpenedThenInterrupted_Exits0()
    {
        await _tda.JsonAsync("keys", "issue", "--name", "team"); // makes the log
        (var review, var url) = await _tda.ServeAsync("review", "--json");
        await using (review)
        {
            var link = (await review.LineAsync(@"pages \(this link is good once\): (\S+)", Patience)).Groups[1].Value;
            using var http = new HttpClient { BaseAddress = url };
            Assert.Contains("Exchanges", await http.GetStringAsync(link), StringComparison.Ordinal);
            await review.LineAsync(@"the link was used; the next one: http", Patience);

            await review.InterruptAsync();
            var result = await review.ExitAsync(Patience);

            Assert.True(result.ExitCode == 0, $"{result}");
            Assert.True((bool)JsonNode.Parse(result.Output)!["stopped"]!);
        }
    }

    [Fact]
    public async Task Review_WithoutALogOrAnybodyWhoMayCome_SaysWhatToDo()
    {
        Assert.Contains("there is no log of exchanges", (await _tda.FailsAsync(3, "review")).Error, StringComparison.Ordinal);
        await _tda.JsonAsync("keys", "issue", "--name", "team");

        Assert.Contains("tda reviewers add", (await _tda.FailsAsync(2, "review", "--listen", "http://0.0.0.0:0")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_Killed_KeepsWhatItForwarded()
    {
        (var gateway, var url) = await _tda.ServeAsync("gateway", "--upstream", "http://127.0.0.1:1", "--durability", "written");
        await using (gateway)
        {
            using var client = new HttpClient();
            using var answer = await client.PostAsync(new Uri(url, "v1/completions"),
                new StringContent("""{"model":"m","prompt":"hello"}""", System.Text.Encoding.UTF8, "application/json"));
            gateway.Kill();
            await gateway.ExitAsync(Patience);
        }

        // The next gateway takes over what the killed one left in its spool.
        (var next, _) = await _tda.ServeAsync("gateway", "--upstream", "http://127.0.0.1:1");
        await using (next)
        {
            await next.InterruptAsync();
            Assert.Equal(0, (await next.ExitAsync(Patience)).ExitCode);
        }

        Assert.Single((await _tda.JsonAsync("exchanges", "list")).AsArray());
    }
}
