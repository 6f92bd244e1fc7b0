using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Tda.Bench.Gateway.Processes;

/// <summary>A server in a process of its own: started, watched, and stopped by its id.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 30;
    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _disposed;

    private ServerProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _announced.TrySetException(new TdaException($"{name} ended before it listened"));
        _process.Start();
        var id = _process.Id;
        Leftovers.Add(this, () => Native.Signal(id, Native.Terminate));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Its address, once it listens.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>The last lines it wrote.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Processor seconds so far, with its children.</summary>
    public double CpuSeconds => ProcessStats.CpuSeconds(Id);

    public long ResidentBytes => ProcessStats.ResidentBytes(Id);

    /// <summary>Starts a server that says "listening on URL", and waits until it does.</summary>
    public static Task<ServerProcess> StartAsync(string name, ProcessStartInfo start) =>
        StartAsync(name, start, server => server._announced.Task.WaitAsync(TimeSpan.FromSeconds(60)));

    /// <summary>Starts a server whose port was chosen for it, and waits until the port is open.</summary>
    public static Task<ServerProcess> StartAsync(string name, ProcessStartInfo start, int port) =>
        StartAsync(name, start, server => server.OpenAsync(port));

    /// <summary>A managed program as it would be started by hand.</summary>
    public static ProcessStartInfo Managed(string dll, params IEnumerable<string> arguments) =>
        new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [dll, .. arguments]);

    /// <summary>SIGKILL: none of its handlers runs.</summary>
    public async Task KillAsync()
    {
        Native.Signal(Id, Native.Killed);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and after <paramref name="patience"/> SIGKILL.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan patience)
    {
        if (_process.HasExited)
        {
            return true;
        }

        Native.Signal(Id, Native.Terminate);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
            return true;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>Stops it; a second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await StopAsync(TimeSpan.FromSeconds(20));
        Leftovers.Remove(this);
        _process.Dispose();
    }

    private static async Task<ServerProcess> StartAsync(string name, ProcessStartInfo start, Func<ServerProcess, Task<Uri>> ready)
    {
        var server = new ServerProcess(name, start);
        try
        {
            server.Url = await ready(server);
            return server;
        }
        catch (Exception error) when (error is TimeoutException or TdaException)
        {
            var output = server.Output;
            await server.DisposeAsync();
            throw new TdaException($"{name} did not start: {error.Message}\n{output}", error);
        }
    }

    private async Task<Uri> OpenAsync(int port)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 30 && !_process.HasExited; await Task.Delay(20))
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
            }
            catch (SocketException)
            {
                // not yet
            }
        }

        throw new TdaException($"port {port} did not open");
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }

        if (Listening().Match(line) is { Success: true } match)
        {
            _announced.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex(@"listening on (http://\S+?)/?(\s|$)")]
    private static partial Regex Listening();
}
