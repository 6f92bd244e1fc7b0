using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tda.Core.Exchanges;
using Tda.Store;

namespace Tda.Gateway.Recording;

/// <summary>Brings what gateways up to version 0.1.0 spooled, as JSON Lines, into the log. An exchange that is there already is not doubled.</summary>
internal static partial class LegacySpool
{
    /// <summary>The ending of spool files.</summary>
    public const string Extension = ".jsonl";

    /// <summary>The ending of files with lines that could not be read; they are kept for people to look at.</summary>
    public const string RejectedExtension = ".rejected";

    /// <summary>Replays every file that no running gateway holds, and returns how many exchanges came in.</summary>
    public static async Task<int> RunAsync(IExchangeStore store, string directory, ILogger logger, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        var replayed = 0;
        foreach (var path in Directory.GetFiles(directory, "*" + Extension).Order(StringComparer.Ordinal))
        {
            replayed += await ReplayAsync(store, path, logger, cancellationToken);
        }

        return replayed;
    }

    private static async Task<int> ReplayAsync(IExchangeStore store, string path, ILogger logger, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            Held(logger, path, error);
            return 0;
        }

        await using (file)
        {
            var replayed = 0;
            var rejected = new List<string>();
            using var reader = new StreamReader(file, leaveOpen: true);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (TryRead(line) is { } exchange)
                {
                    await StoreAsync(store, exchange, cancellationToken);
                    replayed++;
                }
                else
                {
                    rejected.Add(line);
                }
            }

            if (rejected.Count > 0)
            {
                await File.AppendAllLinesAsync(path + RejectedExtension, rejected, cancellationToken);
                Rejected(logger, rejected.Count, path + RejectedExtension);
            }

            // Only now: had the log failed, the file would still be there for the next start.
            File.Delete(path);
            return replayed;
        }
    }

    /// <summary>Appends an exchange and moves it from its session's spooled to its recorded.</summary>
    private static async Task StoreAsync(IExchangeStore store, Exchange exchange, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(exchange.Id, cancellationToken) is not null)
        {
            return;
        }

        var session = (await store.SessionsAsync(cancellationToken)).FirstOrDefault(s => s.Id == exchange.SessionId);
        var settled = session is null ? null : session with { Spooled = Math.Max(0, session.Spooled - 1) };
        await store.AppendAsync([exchange], settled is null ? [] : [settled], cancellationToken);
    }

    private static Exchange? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Exchange>(line, JsonDefaults.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "spool file {Path} is held by a running gateway")]
    private static partial void Held(ILogger logger, string path, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} spooled lines could not be read; they are in {Path}")]
    private static partial void Rejected(ILogger logger, int count, string path);
}
