using System.Diagnostics;

namespace Tda.Bench.Gateway.Processes;

/// <summary>A PostgreSQL cluster of its own on a free loopback port, as a user other than root, which the server refuses.</summary>
internal sealed class PostgresServer : IStoreBreaker
{
    private readonly string _programs;
    private readonly string _folder;
    private readonly int _port;
    private readonly bool _root = Environment.UserName == "root";
    private bool _running;

    private PostgresServer(string programs, string folder, int port) => (_programs, _folder, _port) = (programs, folder, port);

    /// <summary>For `--store`.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"postgres://127.0.0.1:{_port}/postgres");

    /// <summary>The credentials that `--store` must not hold.</summary>
    public IReadOnlyDictionary<string, string> Credentials { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGUSER"] = "postgres", ["PGPASSWORD"] = "bench" };

    public static async Task<PostgresServer> StartAsync(string scratch)
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(Directory.Exists).Order().LastOrDefault() ?? ""
            : "";
        if (!File.Exists(Path.Combine(programs, "initdb")))
        {
            throw new TdaException("PostgreSQL is missing. Install it: apt-get install -y postgresql");
        }

        // Not below the scratch folder, which only its owner may enter.
        var folder = Path.Combine(Path.GetTempPath(), Path.GetFileName(Path.GetDirectoryName(scratch)!) + "-postgres");
        Directory.CreateDirectory(folder);
        Leftovers.AddFolder(folder);
        var server = new PostgresServer(programs, folder, FreePorts.Next());
        if (server._root)
        {
            await Tools.RunAsync(new("chown", ["postgres", folder]), TimeSpan.FromSeconds(10));
        }

        await server.RunAsync("initdb", "-D", server.Data, "-U", "postgres", "--auth=trust", "--no-sync");
        await server.RepairAsync();
        return server;
    }

    public async Task BreakAsync()
    {
        if (_running)
        {
            await RunAsync("pg_ctl", "stop", "-D", Data, "-m", "fast", "-w");
        }

        _running = false;
        Leftovers.Remove(this);
    }

    public async Task RepairAsync()
    {
        if (!_running)
        {
            await RunAsync("pg_ctl", "start", "-D", Data, "-w", "-l", Path.Combine(_folder, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-p {_port} -h 127.0.0.1 -k {_folder}"));
        }

        _running = true;
        var id = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Leftovers.Add(this, () => Native.Signal(id, Native.Interrupt)); // its fast shutdown
    }

    /// <summary>Stops it and removes its files; a second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        await BreakAsync();
        Leftovers.Remove(_folder);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string Data => Path.Combine(_folder, "data");

    private Task<string> RunAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        ProcessStartInfo start = _root
            ? new("runuser", ["-u", "postgres", "--", path, .. arguments])
            : new(path, arguments);
        start.WorkingDirectory = _folder;
        return Tools.RunAsync(start, TimeSpan.FromSeconds(90));
    }
}
