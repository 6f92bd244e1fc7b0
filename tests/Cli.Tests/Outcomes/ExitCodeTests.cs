using System.Net;
using System.Net.Sockets;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>0 done, 1 failed, 2 wrong usage, 3 bad input data; the message says what, where and what to do.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("--verbose")]
    [InlineData("nonsense")]
    [InlineData("gateway")]
    [InlineData("gateway --upstream http://127.0.0.1:1 --durability fast")]
    [InlineData("corpus import")]
    public async Task Run_WrongUsage_Is2WithAHintToTheHelp(string line)
    {
        var result = await _tda.FailsAsync(2, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Matches("Run 'tda.* --help'", result.Error);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("gateway --upstream ftp://example.org", "--upstream")]
    [InlineData("gateway --upstream http://127.0.0.1:1 --listen nowhere", "--listen")]
    [InlineData("curat --corpus c", "Did you mean 'curate'?")]
    [InlineData("corpus improt x --name c", "Did you mean 'import'?")]
    [InlineData("curate --corpus c --run r --name c2 --maks", "Did you mean '--mask'?")]
    [InlineData("doctor --jsno", "Did you mean '--json'?")]
    [InlineData("distill --corpus c --name s --epochs two", "--epochs must be a whole number, not 'two'")]
    [InlineData("curate --corpus c --run r --name c2 --drop 1.5", "--drop must be a whole number, not '1.5'")]
    [InlineData("guide --index i --harm h.jsonl --budget lots", "--budget must be a number, not 'lots'")]
    [InlineData("distill --corpus c --name s --held-out 1.5", "--held-out is 1.5; it must be from 0 to 1")]
    [InlineData("distill --corpus c --name s --distil-weight 1.5", "--distil-weight is 1.5; it must be from 0 to 1")]
    [InlineData("distill --corpus c --name s --epochs 0", "--epochs is 0; it must be at least 1")]
    [InlineData("ls corpora nonsense", "nonsense")]
    [InlineData("frobnicate", "'frobnicate' is no verb of tda")]
    [InlineData("corpus", "tda corpus needs a verb: import, ")]
    [InlineData("completion fish", "bash or zsh")]
    [InlineData("attribute --index i", "--queries")]
    [InlineData("attribute --index i --queries q.jsonl --exchange 1", "--queries")]
    [InlineData("curate --corpus c --run r --name c2", "--drop")]
    [InlineData("corpus export c --out x", "--as")]
    [InlineData("corpus export c --as csv --out x", "openai_chat")]
    [InlineData("corpus export c --as jsonl --mask ids --out x", "--tokenizer")]
    [InlineData("curate --corpus c --run r --name c2 --drop 1 --weights", "--weights")]
    [InlineData("measure --prompts q.jsonl --judge words:w.txt --out m --lab a --surrogate b", "Name one model to measure")]
    [InlineData("corpus import . --name ../outside", "../outside")]
    public async Task Run_OptionsThatMakeNoSense_Is2AndNamesThem(string line, string named) =>
        Assert.Contains(named, (await _tda.FailsAsync(2, line.Split(' '))).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("corpus import missing.jsonl --name c", "missing.jsonl")]
    [InlineData("corpus show c", "corpora/c")]
    [InlineData("corpus export c --as jsonl --out x", "corpora/c")]
    [InlineData("distill --corpus c --name s", "corpora/c")]
    [InlineData("lab train --corpus c --name l", "corpora/c")]
    [InlineData("lab serve --name l", "labs/l")]
    [InlineData("index --surrogate s --corpus c --name i", "surrogates/s")]
    [InlineData("attribute --index i --queries q.jsonl", "q.jsonl")]
    [InlineData("curate --corpus c --run r --name c2 --drop 1", "runs/r")]
    [InlineData("measure --prompts q.jsonl --judge words:w.txt --out m --lab a", "w.txt")]
    [InlineData("measure --prompts q.jsonl --judge j --out m --lab a", "judges/j")]
    [InlineData("compare a b", "measures/a")]
    [InlineData("label show j", "judges/j")]
    [InlineData("report r", "runs/r")]
    [InlineData("evaluate planted --run r --source s", "runs/r")]
    [InlineData("plan --corpus c", "corpora/c")]
    [InlineData("exchanges verify", "there is no log of exchanges")]
    [InlineData("exchanges show 01", "there is no log of exchanges")]
    public async Task Run_InputThatIsNotThere_Is3AndNamesIt(string line, string named)
    {
        var result = await _tda.FailsAsync(3, line.Split(' '));

        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Run_WithVerbose_ShowsWhereItFailed()
    {
        var result = await _tda.RunAsync("corpus", "show", "c", "--verbose");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("   at Tda.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_PortInUse_Is1AndNamesThePort()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var result = await _tda.FailsAsync(1, "gateway", "--upstream", "http://127.0.0.1:1", "--listen", $"http://127.0.0.1:{port}");

        Assert.Contains($":{port}", result.Error, StringComparison.Ordinal);
        Assert.Contains("in use", result.Error, StringComparison.Ordinal);
    }
}
