using System.Diagnostics;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Killing;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Attack;

/// <summary>
/// Half a day of operation in a quarter of an hour: 48 quarter hours of load by 32 clients, in each of which something happens that operators and
/// machines do. What a client has read to its end must be in the log, byte for byte, and nothing may be undeclared.
/// </summary>
internal sealed class Operation : IAttack
{
    private const int Quarters = 48;
    private const int DiskMib = 2_048;
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(6);

    public string Name => "operation";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        // A disk of its own, so that it can be full.
        var disk = Directory.CreateDirectory(Path.Combine(options.Scratch, "disk")).FullName;
        await Tools.RunAsync(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", $"size={DiskMib}m", "tmpfs", disk]), SettleLimit);
        try
        {
            await using var site = new Site(options, disk);
            return await site.RunAsync(options.Quick ? Site.Events : Quarters, TimeSpan.FromMinutes(options.Minutes) / (options.Quick ? Site.Events : Quarters));
        }
        finally
        {
            await Tools.RunAsync(new ProcessStartInfo("umount", [disk]), SettleLimit);
        }
    }

    /// <summary>The gateway, its clients, and who operates it.</summary>
    private sealed class Site(AttackOptions options, string disk) : IAsyncDisposable
    {
        /// <summary>Kinds of events; each comes in turn.</summary>
        public const int Events = 8;

        private readonly string _home = Path.Combine(disk, "home");
        private readonly string _key = Path.Combine(options.Scratch, "upstream-key");
        private readonly string _configuration = Path.Combine(options.Scratch, "gateway.json");
        // As many requests as a busy team makes, not as many as the gateway can take: the log has to fit on the disk.
        private readonly KillClients _clients = new(TimeSpan.FromMilliseconds(200));
        private readonly List<string> _findings = [];
        private readonly Dictionary<string, int> _happened = [];
        private AttackUpstream _upstream = null!;
        private TdaGateway _gateway = null!;
        private string _oldKey = "";
        private int _number;
        private long _peak;
        private long _expectedRefusals;

        public async Task<CaseOutcome> RunAsync(int quarters, TimeSpan quarter)
        {
            _upstream = await AttackUpstream.StartAsync();
            await RotateAsync();
            await ConfigureAsync("10m");
            await StartAsync();
            for (var i = 0; i < quarters; i++)
            {
                await QuarterAsync(i, quarter);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {i + 1} of {quarters}: {_clients.Acknowledged.Count:N0} answers, {_clients.Refused} refused, {_clients.Broken} cut off"));
            }

            // What waits comes in, the log is held against what clients got, and verify has the last word.
            var settled = await _gateway.SettleAsync(SettleLimit);
            _peak = Math.Max(_peak, ProcessStats.PeakBytes(_gateway.Process.Id));
            var verification = await _gateway.StopAndVerifyAsync();
            _findings.AddRange(verification.Failures("verify"));
            var export = Path.Combine(options.Scratch, "log.jsonl");
            await _gateway.Command.ExportAsync(export);
            var found = LogCheck.Read(export).Compare(_clients.Acknowledged);
            if (!found.Holds)
            {
                _findings.Add($"of {found.Acknowledged} answers {found.Lost} are not in the log, {found.Duplicated} twice, {found.Different} with other bytes");
            }

            if (_clients.Refused > _expectedRefusals)
            {
                _findings.Add($"{_clients.Refused - _expectedRefusals} answers other than 200 while the disk had room");
            }

            var measured = new
            {
                Quarters = quarters,
                Happened = _happened,
                found.Acknowledged,
                found.Streamed,
                found.Equal,
                found.Lost,
                RefusedWhileFull = _expectedRefusals,
                CutOffByKills = _clients.Broken,
                PeakMib = _peak >> 20,
                SettledSeconds = Math.Round(settled, 1),
                verification.Forwarded,
                verification.Recorded,
                Dropped = verification.DeclaredDrops,
            };
            return new(measured, _findings);
        }

        public async ValueTask DisposeAsync()
        {
            _clients.Dispose();
            if (_gateway is not null)
            {
                await _gateway.Process.DisposeAsync();
            }

            if (_upstream is not null)
            {
                await _upstream.DisposeAsync();
            }
        }

        private async Task QuarterAsync(int i, TimeSpan quarter)
        {
            using var stop = new CancellationTokenSource();
            var broken = _clients.Broken;
            var load = _clients.RunAsync(_gateway.Process.Url, i, stop.Token);
            await Task.Delay(quarter / 4);
            var (name, restarts) = await HappenAsync(i % Events, quarter);
            _happened[name] = _happened.GetValueOrDefault(name) + 1;
            await Task.Delay(quarter / 4);
            await stop.CancelAsync();
            await load;
            if (!restarts && (_gateway.Process.HasExited || _clients.Broken > broken))
            {
                _findings.Add($"{name}: {_clients.Broken - broken} clients were cut off{(_gateway.Process.HasExited ? ", and THE PROCESS ENDED: " + _gateway.Process.Output : "")}");
            }

            if (_gateway.Process.HasExited)
            {
                await StartAsync();
            }
        }

        private async Task<(string Name, bool Restarts)> HappenAsync(int kind, TimeSpan quarter)
        {
            switch (kind)
            {
                case 0:
                    await RotateAsync();
                    return ("the upstream's key is rotated", false);
                case 1:
                    await ConfigureAsync(_number % 2 == 0 ? "10m" : "11m");
                    await Task.Delay(quarter / 4);
                    return ("the configuration is changed", false);
                case 2:
                    await using (var store = await SqliteBreaker.StartAsync(Path.Combine(_home, "tda.db")))
                    {
                        await store.BreakAsync();
                        await Task.Delay(quarter / 4);
                    }

                    return ("the log is locked by another process", false);
                case 3:
                    await FillAsync(quarter);
                    return ("the disk is full for a while", false);
                case 4:
                    await _gateway.Process.StopAsync(SettleLimit);
                    return ("the gateway is stopped and started", true);
                case 5:
                    await _gateway.Process.KillAsync();
                    return ("the gateway is killed and started", true);
                case 6:
                    await _gateway.Command.ExportAsync(Path.Combine(options.Scratch, "meanwhile.jsonl"));
                    File.Delete(Path.Combine(options.Scratch, "meanwhile.jsonl"));
                    await _gateway.Command.VerifyAsync();
                    return ("the log is exported and verified", false);
                default:
                    await File.WriteAllTextAsync(_configuration, "{ half a file");
                    await Task.Delay(quarter / 4);
                    await ConfigureAsync("10m");
                    return ("the configuration is broken for a while", false);
            }
        }

        /// <summary>Fills the disk to its last byte and makes room again once requests are refused, or the time is over.</summary>
        private async Task FillAsync(TimeSpan quarter)
        {
            var refused = _clients.Refused;
            var ballast = Path.Combine(disk, "ballast");
            try
            {
                await using var file = File.Create(ballast);
                var piece = new byte[1 << 20];
                while (true)
                {
                    await file.WriteAsync(piece);
                    await file.FlushAsync();
                }
            }
            catch (IOException)
            {
                // Full.
            }

            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < quarter / 3 && _clients.Refused == refused;)
            {
                await Task.Delay(20);
            }

            File.Delete(ballast);

            // The next segment is made within a sweep.
            await Task.Delay(TimeSpan.FromSeconds(1));
            _expectedRefusals += _clients.Refused - refused;
        }

        private async Task RotateAsync()
        {
            var old = _oldKey;
            var next = string.Create(CultureInfo.InvariantCulture, $"sk-number-{++_number}");
            _oldKey = next;
            var since = Stopwatch.GetTimestamp();
            _upstream.Accepts = authorization => authorization == "Bearer " + next || (authorization == "Bearer " + old && Stopwatch.GetElapsedTime(since) < Grace);
            await File.WriteAllTextAsync(_key + ".new", next);
            File.Move(_key + ".new", _key, overwrite: true);
        }

        private Task ConfigureAsync(string timeout) => File.WriteAllTextAsync(_configuration, JsonSerializer.Serialize(new
        {
            timeout,
            spool = new { segment_bytes = "1MiB" },
            security = new { upstream_key = new { file = _key } },
        }));

        private async Task StartAsync() =>
            _gateway = await TdaGateway.StartAsync(options.Programs.Tda, _upstream.Url, _home, "written", more: ["--config", _configuration]);
    }
}
