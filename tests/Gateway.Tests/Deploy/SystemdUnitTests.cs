using Tda.TestKit;

namespace Tda.Gateway.Tests.Deploy;

public class SystemdUnitTests
{
    private const string SystemdAnalyze = "/usr/bin/systemd-analyze";
    private const string Nginx = "/usr/sbin/nginx";

    private static readonly string Unit = DeployFiles.Read("systemd/tda-gateway.service");

    [Theory]
    [InlineData("DynamicUser=yes")]
    [InlineData("StateDirectory=tda")]
    [InlineData("ProtectSystem=strict")]
    [InlineData("NoNewPrivileges=yes")]
    [InlineData("CapabilityBoundingSet=")]
    [InlineData("Restart=always")]
    [InlineData("KillSignal=SIGTERM")]
    [InlineData("LimitNOFILE=65536")]
    [InlineData("EnvironmentFile=-/etc/tda/gateway.env")]
    [InlineData("WantedBy=multi-user.target")]
    public void Unit_Directive_IsThere(string line) => Assert.Contains(line, Unit.Split('\n'));

    [Fact]
    public void Unit_EveryLine_IsASectionADirectiveOrAComment() =>
        Assert.All(Unit.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(\[\w+\]|[A-Z]\w*=.*|#.*)$", line));

    [ProgramFact(SystemdAnalyze)]
    public async Task Unit_AsSystemdReadsIt_NoComplaint()
    {
        // The program is not installed here; everything else is as it stands.
        using var directory = new TempDirectory();
        var unit = directory.Write("tda-gateway.service", Unit.Replace("/usr/lib/tda/tda-gateway", "/bin/true", StringComparison.Ordinal));
        var result = await ChildProcess.RunAsync(SystemdAnalyze, ["verify", "--man=no", unit], TimeSpan.FromMinutes(1));

        Assert.True(result.ExitCode == 0 && !result.Error.Contains("tda-gateway", StringComparison.Ordinal), $"{result}");
    }

    [ProgramFact(Nginx)]
    public async Task NginxExample_AsNginxReadsIt_Valid()
    {
        // Without TLS, whose certificate is the reader's, and on no port: nginx only checks.
        using var directory = new TempDirectory();
        var site = string.Join('\n', DeployFiles.Read("nginx/tda-gateway.conf").Split('\n')
            .Where(line => !line.Contains("ssl_", StringComparison.Ordinal))).Replace("443 ssl", $"127.0.0.1:{FreePort.Next()}", StringComparison.Ordinal);
        var main = directory.Write("nginx.conf", $"error_log stderr; pid {directory["pid"]};\nevents {{}}\nhttp {{ access_log off;\n{site}\n}}");
        var result = await ChildProcess.RunAsync(Nginx, ["-t", "-p", directory.Path, "-c", main], TimeSpan.FromMinutes(1));

        Assert.True(result.ExitCode == 0, $"{result}");
    }
}
