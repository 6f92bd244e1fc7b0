using Tda.TestKit;

namespace Tda.Gateway.Tests.Deploy;

/// <summary>The program that deploy/Dockerfile publishes.</summary>
public class GatewayHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>LibTorch once came along, 490 MB of it, because the gateway was published as part of the whole program.</summary>
    [Fact]
    public async Task Publish_OfTheGatewaysOwnProgram_HasNoTensorEngineAndRuns()
    {
        using var directory = new TempDirectory();
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name; // …/bin/Release/net10.0
        var published = await ChildProcess.RunAsync(
            host,
            [
                "publish", TestPaths.InRepository("src/GatewayHost/GatewayHost.csproj"), "--no-build", "--configuration", configuration,
                "--output", directory["app"], "-nologo",
            ],
            Patience);
        Assert.True(published.ExitCode == 0, $"{published}");

        var files = Directory.EnumerateFiles(directory["app"], "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.Contains("tda-gateway.dll", files);
        Assert.DoesNotContain(files, file => file!.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("torch", await File.ReadAllTextAsync(directory["app/tda-gateway.deps.json"]), StringComparison.OrdinalIgnoreCase);

        var program = directory["app/tda-gateway.dll"];
        var issued = await ChildProcess.RunAsync(host, [program, "keys", "issue", "--name", "team", "--home", directory["home"]], Patience);
        Assert.True(issued.ExitCode == 0, $"{issued}");
        var list = await ChildProcess.RunAsync(host, [program, "exchanges", "list", "--json", "--home", directory["home"]], Patience);
        Assert.True(list.ExitCode == 0 && list.Output.Trim() == "[]", $"{list}");
        var wrong = await ChildProcess.RunAsync(host, [program, "gateway"], Patience);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("Run 'tda-gateway gateway --help'", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dockerfile_BuildsAndStartsThisProgram()
    {
        var dockerfile = DeployFiles.Read("Dockerfile");

        Assert.Contains("dotnet publish src/GatewayHost/GatewayHost.csproj", dockerfile, StringComparison.Ordinal);
        Assert.Contains("ENTRYPOINT [\"dotnet\", \"/app/tda-gateway.dll\", \"gateway\"]", dockerfile, StringComparison.Ordinal);
    }
}
