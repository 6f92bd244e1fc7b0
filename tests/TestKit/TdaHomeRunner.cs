using System.Text.Json.Nodes;
using Xunit;

namespace Tda.TestKit;

/// <summary>The built <c>tda</c>, run as users run it: a process of its own, on one home, in a folder of the test's.</summary>
public sealed class TdaHomeRunner : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TempDirectory _folder = new();

    /// <summary>Where the commands run, and where a test puts its files.</summary>
    public TempDirectory Folder => _folder;

    /// <summary>The home: <c>--home</c> of every command.</summary>
    public string Home => Path.Combine(_folder.Path, "home");

    /// <summary>Further variables of the commands' environment.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>A path in the home.</summary>
    public string InHome(params string[] parts) => Path.Combine([Home, .. parts]);

    /// <summary>Starts a command.</summary>
    public ChildProcess Start(params string[] arguments) => ChildProcess.StartManaged("tda", arguments, Environment(), _folder.Path);

    /// <summary>Runs a command to its end, whatever that is.</summary>
    public async Task<ProcessResult> RunAsync(params string[] arguments)
    {
        await using var child = Start(arguments);
        return await child.ExitAsync(Patience);
    }

    /// <summary>Runs a command that must succeed, with <c>--json</c>: standard output must be one JSON value and nothing else.</summary>
    public async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, $"tda {string.Join(' ', arguments)}: {result}");
        return JsonNode.Parse(result.Output) ?? throw new InvalidOperationException($"tda {string.Join(' ', arguments)} printed null");
    }

    /// <summary>Runs a command that must fail with this exit code, and say why without a stack trace.</summary>
    public async Task<ProcessResult> FailsAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.ExitCode == exitCode, $"tda {string.Join(' ', arguments)} should exit with {exitCode}: {result}");
        Assert.Contains("tda: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        return result;
    }

    /// <summary>Starts a server verb and waits until it says where it listens.</summary>
    public async Task<(ChildProcess Process, Uri Url)> ServeAsync(params string[] arguments)
    {
        var server = Start([.. arguments, "--listen", "http://127.0.0.1:0"]);
        var url = (await server.LineAsync(@"http://127\.0\.0\.1:[1-9]\d*/", Patience)).Value;
        return (server, new Uri(url));
    }

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, string?> Environment() => new(Variables.Select(variable => KeyValuePair.Create(variable.Key, (string?)variable.Value)))
    {
        ["TDA_HOME"] = Home,
        ["OMP_NUM_THREADS"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["NO_COLOR"] = "1",
    };
}
