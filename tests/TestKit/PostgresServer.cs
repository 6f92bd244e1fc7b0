using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace Tda.TestKit;

/// <summary>A real PostgreSQL server of the tests' own: Debian's binaries, a data directory in /tmp, loopback only, no syncing.</summary>
public sealed class PostgresServer
{
    private const string Account = "postgres"; // the server refuses to run as root
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly Lazy<Task<PostgresServer>> Lazy = new(StartSharedAsync);
    private static int _databases;

    private readonly string _binaries;
    private readonly string _directory;
    private readonly string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
    private ChildProcess? _process;

    private PostgresServer(string binaries, string directory)
    {
        _binaries = binaries;
        _directory = directory;
    }

    /// <summary>The server that all tests of an assembly share; it stops with the process.</summary>
    public static Task<PostgresServer> Shared => Lazy.Value;

    public int Port { get; private set; }

    private string Data => Path.Combine(_directory, "data");

    /// <summary>Starts a server with an empty cluster.</summary>
    /// <exception cref="InvalidOperationException">There is none on this machine.</exception>
    public static async Task<PostgresServer> CreateAsync(params string[] settings)
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var v) ? v : 0)
                .Select(path => Path.Combine(path, "bin")).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
            : null;
        if (binaries is null)
        {
            throw new InvalidOperationException("PostgreSQL's server is missing, and these tests need a real one: apt-get install -y postgresql");
        }

        var server = new PostgresServer(binaries, Directory.CreateTempSubdirectory("tda-postgres-").FullName);
        await server.InitialiseAsync();
        await server.StartAsync(settings);
        return server;
    }

    /// <summary>The address of a database, which need not exist.</summary>
    public string Address(string database, string? password = null) =>
        $"postgres://tda:{password ?? _password}@127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/{database}?sslmode=disable";

    /// <summary>A connection string for a database, for looking at tables directly.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "tda",
        Password = _password,
        Database = database,
        Pooling = false,
    }.ToString();

    /// <summary>Makes an empty database and returns its name.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "t" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return name;
    }

    /// <summary>Starts it (again), on the port it had.</summary>
    public async Task StartAsync(params string[] settings)
    {
        string[] fixedSettings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
            "shared_buffers=64MB", "max_connections=200", "lc_messages=C",
        ];
        string[] arguments = [.. fixedSettings.Concat(settings).SelectMany(setting => (string[])["-c", setting])];
        for (var attempt = 0; ; attempt++)
        {
            if (Port == 0 || attempt > 0)
            {
                Port = FreePort.Next();
            }

            (var program, var prefix) = AsAccount(Path.Combine(_binaries, "postgres"));
            _process = ChildProcess.Start(program, [.. prefix, "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), .. arguments], workingDirectory: "/");
            try
            {
                await _process.LineAsync("database system is ready to accept connections", Patience);
                return;
            }
            catch (TimeoutException) when (_process.HasExited && attempt < 3)
            {
                await _process.DisposeAsync(); // the port was taken in between
            }
        }
    }

    /// <summary>Stops it as an administrator does; connections are cut.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false } running)
        {
            await running.InterruptAsync();
            await running.ExitAsync(Patience);
        }
    }

    /// <summary>Stops it and removes its data.</summary>
    public void Remove()
    {
        if (_process is { HasExited: false } running)
        {
            using var kill = Process.Start("kill", ["-INT", running.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            SpinWait.SpinUntil(() => running.HasExited, TimeSpan.FromSeconds(10));
        }

        Directory.Delete(_directory, recursive: true);
    }

    // A test host is given no time at its end: a shell stays behind, waits for the server, and removes the data.
    private void Leave()
    {
        const string Script = "kill -INT \"$0\"; while kill -0 \"$0\" 2>/dev/null; do sleep .1; done; rm -rf \"$1\"";
        Process.Start("sh", ["-c", Script, _process!.Id.ToString(CultureInfo.InvariantCulture), _directory]).Dispose();
    }

    private static async Task<PostgresServer> StartSharedAsync()
    {
        var server = await CreateAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Leave();
        return server;
    }

    // setpriv becomes the program, so that the process id is the server's.
    private static (string Program, string[] Prefix) AsAccount(string program) => Environment.UserName == "root"
        ? ("setpriv", [$"--reuid={Account}", $"--regid={Account}", "--init-groups", "--", program])
        : (program, []);

    private async Task InitialiseAsync()
    {
        var passwords = Path.Combine(_directory, "password");
        await File.WriteAllTextAsync(passwords, _password);
        if (Environment.UserName == "root")
        {
            await RunAsync("chown", "-R", Account, _directory);
        }

        (var program, var prefix) = AsAccount(Path.Combine(_binaries, "initdb"));
        await RunAsync(program, [.. prefix, "-D", Data, "-U", "tda", "-A", "scram-sha-256", "--pwfile", passwords, "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync"]);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(program, arguments, Patience);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result}");
        }
    }
}
