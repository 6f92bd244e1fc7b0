using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tda.TestKit;

/// <summary>A program under test in a process of its own, so that it can be killed, limited, or watched as users see it.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Found)> _awaited = [];
    private readonly Lock _lock = new();

    private ChildProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_lock)
            {
                return _output.ToString();
            }
        }
    }

    public string Error
    {
        get
        {
            lock (_lock)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>Starts a program; <paramref name="environment"/> is added to the test's own, null values are removed from it.</summary>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Environment.CurrentDirectory,
        };
        foreach ((var name, var value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(start);
    }

    /// <summary>Starts the managed program whose .dll lies beside the test's own.</summary>
    public static ChildProcess StartManaged(
        string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Start(host, [dll, .. arguments], environment, workingDirectory);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It took longer, and was killed.</exception>
    public static async Task<ProcessResult> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan timeout, IReadOnlyDictionary<string, string?>? environment = null)
    {
        await using var child = Start(program, arguments, environment);
        return await child.ExitAsync(timeout);
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public async Task<ProcessResult> ExitAsync(TimeSpan timeout)
    {
        using var cancel = new CancellationTokenSource(timeout);
        try
        {
            await _process.WaitForExitAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} still runs after {timeout}\n--- output\n{Output}\n--- error\n{Error}");
        }

        return new ProcessResult(_process.ExitCode, Output, Error);
    }

    /// <summary>Waits for a line, of output or error, that matches.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public async Task<Match> LineAsync(string pattern, TimeSpan timeout)
    {
        var regex = new Regex(pattern, RegexOptions.Multiline);
        var found = new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            foreach (var text in (StringBuilder[])[_output, _error])
            {
                var match = regex.Match(text.ToString());
                if (match.Success)
                {
                    return match;
                }
            }

            _awaited.Add((regex, found));
        }

        try
        {
            return await found.Task.WaitAsync(timeout);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"no line matched '{pattern}' within {timeout}\n--- output\n{Output}\n--- error\n{Error}", error);
        }
    }

    /// <summary>SIGKILL: no handler of the program runs, as when the machine's memory is short.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>SIGINT, as Ctrl+C sends it.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Take(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            text.AppendLine(line);
            for (var i = _awaited.Count - 1; i >= 0; i--)
            {
                var match = _awaited[i].Pattern.Match(line);
                if (!match.Success)
                {
                    continue;
                }

                _awaited[i].Found.SetResult(match);
                _awaited.RemoveAt(i);
            }
        }
    }
}
