namespace Tda.Bench.Gateway.Processes;

/// <summary>The most used peer of npm: it takes Anthropic's calls, and asks an OpenAI-like provider.</summary>
internal static class ClaudeCodeRouter
{
    public const string Version = "2.0.0";
    private const string Package = "@musistudio/claude-code-router";

    public static async Task<ServerProcess> StartAsync(string scratch, Uri upstream)
    {
        var node = Tools.Require("node", "apt-get install -y nodejs npm");
        var script = await Tools.NpmAsync(Package, Version, "dist", "cli.js");
        var port = FreePorts.Next();

        // It reads its configuration from the home alone.
        var home = Path.Combine(scratch, "router-" + port.ToString(CultureInfo.InvariantCulture));
        var folder = Directory.CreateDirectory(Path.Combine(home, ".claude-code-router")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            PORT = port,
            HOST = "127.0.0.1",
            LOG = false,
            Providers = new[] { new { name = "bench", api_base_url = new Uri(upstream, "v1/chat/completions"), api_key = "sk-bench-key-of-no-use", models = new[] { "bench-model" } } },
            Router = new { @default = "bench,bench-model" },
        }));
        return await ServerProcess.StartAsync(Contender.ClaudeCodeRouter, new(node, [script, "start"]) { Environment = { ["HOME"] = home, ["NODE_ENV"] = "production" } }, port);
    }
}
