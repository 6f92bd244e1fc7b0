namespace Tda.Bench.Gateway.Processes;

/// <summary>The peer that installs from npm. It translates between providers and logs no bodies.</summary>
internal static class Portkey
{
    public const string Version = "1.15.2";
    private const string Package = "@portkey-ai/gateway";

    public static async Task<ServerProcess> StartAsync()
    {
        var node = Tools.Require("node", "apt-get install -y nodejs npm");
        var script = await InstallAsync();
        var port = FreePorts.Next();
        return await ServerProcess.StartAsync(
            Package, new(node, [script, string.Create(CultureInfo.InvariantCulture, $"--port={port}"), "--headless"]) { Environment = { ["NODE_ENV"] = "production" } }, port);
    }

    /// <summary>How a client tells it where the model is.</summary>
    public static IReadOnlyDictionary<string, string> Headers(IReadOnlyDictionary<string, string> key, Uri upstream) => new Dictionary<string, string>(key)
    {
        ["x-portkey-provider"] = "openai",
        ["x-portkey-custom-host"] = new Uri(upstream, "v1").ToString(),
    };

    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "tda-bench", "portkey-" + Version);
        var script = Path.Combine(folder, "node_modules", Package, "build", "start-server.js");
        if (File.Exists(script))
        {
            return script;
        }

        var npm = Tools.Require("npm", "apt-get install -y nodejs npm");
        Directory.CreateDirectory(folder);
        await Tools.RunAsync(new(npm, ["install", "--no-audit", "--no-fund", "--prefix", folder, $"{Package}@{Version}"]), TimeSpan.FromMinutes(5));
        return File.Exists(script) ? script : throw new TdaException($"npm installed {Package} {Version}, but not {script}");
    }
}
