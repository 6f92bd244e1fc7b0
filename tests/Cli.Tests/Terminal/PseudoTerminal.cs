using Tda.TestKit;

namespace Tda.Cli.Tests.Terminal;

/// <summary>Runs verbs as a person sees them: util-linux's script, which every Debian has, writes down what the program sends to a terminal.</summary>
internal static class PseudoTerminal
{
    /// <summary>Runs a verb to its end.</summary>
    /// <param name="tda">Home and folder.</param>
    /// <param name="line">The command line, without the program.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="typed">What is typed meanwhile.</param>
    /// <param name="colours">Whether the terminal's user wants colours: without NO_COLOR.</param>
    public static async Task<(int ExitCode, Screen Screen, string Raw)> RunAsync(
        TdaHomeRunner tda, string line, int width = 80, string typed = "", bool colours = false)
    {
        var written = tda.Folder["typescript"];
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, "tda.dll");
        var command = $"script -qfec \"stty cols {width} rows 50 && exec {host} {program} {line}\" '{written}'";
        await using var script = ChildProcess.Start(
            "bash", ["-c", typed.Length > 0 ? $"printf '{typed}' | {command}" : command],
            new Dictionary<string, string?>
            {
                ["TDA_HOME"] = tda.Home,
                ["OMP_NUM_THREADS"] = "1",
                ["TERM"] = "xterm-256color",
                ["NO_COLOR"] = colours ? null : "1",
            },
            tda.Folder.Path);
        var result = await script.ExitAsync(TimeSpan.FromMinutes(3));

        // The first and the last line are script's own.
        var text = await File.ReadAllTextAsync(written);
        text = text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..text.LastIndexOf("\nScript done", StringComparison.Ordinal)];
        var screen = new Screen(width);
        screen.Write(text);
        return (result.ExitCode, screen, text);
    }
}
