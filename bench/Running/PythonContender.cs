using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tda.Bench.Running;

/// <summary>
/// Work done by a Python process that is started once: it prints a line when it is ready, then does the work once for
/// every line it reads, and answers with a JSON object of at least <c>wall</c> and <c>cpu</c>, measured by itself.
/// </summary>
public sealed class PythonContender : IContender
{
    private readonly Process _process;

    private PythonContender(string name, Process process) => (Name, _process) = (name, process);

    public string Name { get; }

    /// <summary>What the first run answered: results to be compared with ours.</summary>
    public JsonNode? First { get; private set; }

    /// <param name="name">For the table.</param>
    /// <param name="script">A file of bench/python.</param>
    /// <param name="options">Handed over as one JSON argument.</param>
    /// <param name="threads">OpenMP and BLAS threads.</param>
    public static async Task<PythonContender> StartAsync(string name, string script, object options, int threads = 1)
    {
        var python = PythonModel.Interpreter;
        var start = new ProcessStartInfo(python)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "python", script), JsonSerializer.Serialize(options) },
            Environment = { ["OMP_NUM_THREADS"] = $"{threads}", ["OPENBLAS_NUM_THREADS"] = $"{threads}" },
        };
        var contender = new PythonContender(name, Process.Start(start) ?? throw new TdaException($"{python} did not start"));
        await contender.ReadAsync().ConfigureAwait(false);
        return contender;
    }

    public async Task<Sample> RunAsync()
    {
        await _process.StandardInput.WriteLineAsync("run").ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        var answer = await ReadAsync().ConfigureAwait(false);
        First ??= answer;
        return new Sample(answer["wall"]!.GetValue<double>(), answer["cpu"]!.GetValue<double>());
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close(); // the script's loop ends with its input
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    private async Task<JsonNode> ReadAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false)
            ?? throw new TdaException($"{Name}: the Python process ended; its message stands above. It needs torch and numpy (Debian: python3-torch, python3-numpy).");
        return JsonNode.Parse(line)!;
    }
}
