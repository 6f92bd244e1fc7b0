using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Clients;

/// <summary>
/// The npm packages of npm/package.json, installed once into a folder named by that file's hash and kept between runs, and the
/// scripts beside it.
/// </summary>
public sealed class NpmClients : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string Sources = TestPaths.InRepository("tests", "Gateway.Tests", "Clients", "npm");
    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        var package = await File.ReadAllBytesAsync(Path.Combine(Sources, "package.json"));
        _folder = Path.Combine(Path.GetTempPath(), "tda-npm-clients-" + Convert.ToHexStringLower(SHA256.HashData(package))[..16]);
        if (!Directory.Exists(_folder))
        {
            await InstallAsync(package);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs a script against a server, where it is one of several with that name in a header, and returns what it printed.</summary>
    public async Task<JsonObject> RunAsync(string script, Uri server, string? upstream = null)
    {
        // Beside node_modules, where node looks for packages; a name of its own, since runs may overlap.
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.mjs");
        File.Copy(Path.Combine(Sources, script), path);
        try
        {
            var environment = new Dictionary<string, string?> { ["HTTP_PROXY"] = null, ["HTTPS_PROXY"] = null, ["NODE_OPTIONS"] = null };
            var result = await ChildProcess.RunAsync("node", [path, server.AbsoluteUri.TrimEnd('/'), .. upstream is null ? (string[])[] : [upstream]], Patience, environment);
            Assert.True(result.ExitCode == 0, $"{script}: {result}");
            return JsonNode.Parse(result.Output)!.AsObject();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task InstallAsync(byte[] package)
    {
        var part = $"{_folder}.{Guid.NewGuid():N}.part";
        Directory.CreateDirectory(part);
        await File.WriteAllBytesAsync(Path.Combine(part, "package.json"), package);
        var result = await ChildProcess.RunAsync(
            "npm", ["install", "--prefix", part, "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel", "error"], Patience);
        Assert.True(result.ExitCode == 0, $"npm could not install the clients: {result}");
        try
        {
            Directory.Move(part, _folder);
        }
        catch (IOException) when (Directory.Exists(_folder))
        {
            // Another run was faster.
            Directory.Delete(part, recursive: true);
        }
    }
}
