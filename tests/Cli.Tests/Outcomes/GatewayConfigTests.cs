using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda gateway --config`, as a person and a service manager meet it.</summary>
public sealed class GatewayConfigTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Check_ValidFile_Exits0AndOpensNothing()
    {
        var file = _tda.Folder.Write("gateway.json", """{ "upstream": "http://127.0.0.1:1" /* nobody */ }""");

        var result = await _tda.JsonAsync("gateway", "--check", "--config", file, "--listen", "http://127.0.0.1:0");

        Assert.Equal(("http://127.0.0.1:1", "http://127.0.0.1:0"), ((string)result["upstream"]!, (string)result["listen"]!));
        Assert.False(Directory.Exists(_tda.Home), "checking makes no files");
    }

    [Fact]
    public async Task Check_InvalidFile_Exits2WithEveryErrorAndItsLine()
    {
        var file = _tda.Folder.Write("gateway.json", "{\n\"upstream\": \"ftp://x\",\n\"timeuot\": \"1m\",\n\"durability\": \"fast\" }");

        var result = await _tda.FailsAsync(2, "gateway", "--check", "--config", file);

        string[] expected = ["gateway.json:2: upstream: must be an http or https URL", "gateway.json:3: timeuot: there is no such option; did you mean 'timeout'?", "gateway.json:4: durability: must be one of"];
        Assert.All(expected, part => Assert.Contains(part, result.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_OptionOfTheCommandLine_IsNamedWhenItIsWrong()
    {
        var file = _tda.Folder.Write("gateway.json", """{ "upstream": "http://127.0.0.1:1" }""");

        Assert.Contains("--timeout: timeout: must be a duration", (await _tda.FailsAsync(2, "gateway", "--check", "--config", file, "--timeout", "-5")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NoSuchFile_Exits2() =>
        Assert.Contains("there is no such file", (await _tda.FailsAsync(2, "gateway", "--check", "--config", "none.json")).Error, StringComparison.Ordinal);
}
