namespace Tda.Bench.Gateway.Processes;

/// <summary>The peer that installs from npm. It translates between providers and logs no bodies.</summary>
internal static class Portkey
{
    public const string Version = "1.15.2";
    private const string Package = "@portkey-ai/gateway";

    public static async Task<ServerProcess> StartAsync()
    {
        var node = Tools.Require("node", "apt-get install -y nodejs npm");
        var script = await Tools.NpmAsync(Package, Version, "build", "start-server.js");
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
}
