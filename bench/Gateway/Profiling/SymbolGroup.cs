namespace Tda.Bench.Gateway.Profiling;

/// <summary>What a sample's time is spent for: the innermost frame that a group knows decides.</summary>
internal static class SymbolGroup
{
    public const string Other = "other";

    private static readonly (string Group, string[] Marks)[] Managed =
    [
        ("JIT", ["libclrjit"]),
        ("hashing and CRC", ["SHA256", "Sha256", "EVP_Digest", "libcrypto", "Crc32", "Hashing", "ExchangeChain"]),
        ("redaction", ["Tda.Gateway.Redaction", "Redact", "System.Text.RegularExpressions"]),
        ("spool", ["Tda.Gateway.Spool", "Spool"]),
        ("store and SQLite", ["libe_sqlite3", "sqlite3", "Microsoft.Data.Sqlite", "Dapper", "Npgsql", "Tda.Store"]),
        ("JSON and parsing", ["System.Text.Json", "Tda.Gateway.Protocols"]),
        ("capture and envelope", ["Tda.Gateway.Capture", "Tda.Core.Exchanges", "ExchangeCapture", "Tda.Gateway.Recording", "Recorder"]),
        ("YARP", ["Yarp."]),
        ("HttpClient", ["System.Net.Http"]),
        ("Kestrel", ["Microsoft.AspNetCore", "System.IO.Pipelines"]),
        ("sockets, managed side", ["System.Net.Sockets", "SystemNative_"]),
        ("gateway, other", ["Tda."]),
        ("thread pool and tasks", ["System.Threading", "System.Runtime.CompilerServices"]),
        ("runtime: GC, allocation, casts, stubs", ["libcoreclr", "libclrgc"]),
    ];

    private static readonly (string Group, string[] Marks)[] Kernel =
    [
        ("kernel: files and sync", ["vfs_write", "vfs_fsync", "fsync", "ext4_", "jbd2", "xfs_", "btrfs_", "vfs_read", "pwrite", "iomap_", "submit_bio"]),
        ("kernel: network", ["tcp_", "sock_", "inet_", "ip_", "net_rx", "__netif", "sk_", "skb_", "ep_poll", "epoll", "eventpoll", "ep_send", "lo_xmit"]),
        ("kernel: memory", ["page_fault", "exc_page", "handle_mm", "do_madvise", "mmap", "munmap", "clear_page"]),
        ("kernel: scheduling", ["futex", "schedule", "sched_", "wake_up", "nanosleep"]),
    ];

    /// <param name="frames">Innermost first: symbol and the file it is in.</param>
    public static string Of(IReadOnlyList<(string Symbol, string File)> frames)
    {
        if (frames.Count > 0 && IsKernel(frames[0].File))
        {
            return Kernel.Where(one => frames.TakeWhile(f => IsKernel(f.File)).Any(f => one.Marks.Any(mark => f.Symbol.Contains(mark, StringComparison.Ordinal))))
                .Select(one => one.Group).FirstOrDefault() ?? "kernel: other";
        }

        foreach ((var symbol, var file) in frames)
        {
            foreach ((var group, var marks) in Managed)
            {
                if (marks.Any(mark => symbol.Contains(mark, StringComparison.Ordinal) || file.Contains(mark, StringComparison.Ordinal)))
                {
                    return group;
                }
            }
        }

        return Other;
    }

    private static bool IsKernel(string file) => file.Contains("kernel", StringComparison.Ordinal) || file.Contains(".ko", StringComparison.Ordinal);
}
