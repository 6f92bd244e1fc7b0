using Tda.Store.Exports;

namespace Tda.Store.Maintenance;

/// <summary>Finds the files, beside the log, that hold an exchange: exports and queries with its id, and a gateway's spool.</summary>
internal static class CopySearch
{
    // Unfinished exports too.
    private static readonly string[] Endings = [".jsonl", ".jsonl.gz", ".json", ".jsonl.part", ".jsonl.gz.part", SpoolEnding];

    private const string SpoolEnding = ".wal";

    /// <summary>Whether a file is a segment of a gateway's spool, which the gateway blanks or removes once it is full, or when it stops.</summary>
    public static bool IsSpool(string path) => path.EndsWith(SpoolEnding, StringComparison.Ordinal);

    /// <summary>JSON files and spool of a home (but its corpora, which hold documents), of further files and folders, without doubles.</summary>
    public static IReadOnlyList<string> Candidates(TdaHome home, IEnumerable<string> also)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var place in also.Prepend(home.Root))
        {
            var path = Path.GetFullPath(place);
            if (File.Exists(path))
            {
                files.Add(path);
            }
            else if (Directory.Exists(path))
            {
                files.UnionWith(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsCandidate));
            }
        }

        files.RemoveWhere(file => file.StartsWith(home.CorporaDirectory + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        return [.. files];
    }

    /// <summary>The ids among those given that a file holds.</summary>
    public static HashSet<string> Find(string path, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (IsSpool(path))
        {
            return FindInSpool(path, ids);
        }

        var found = new HashSet<string>();
        var needles = ids.Select(id => (Id: id, Bytes: System.Text.Encoding.UTF8.GetBytes($"\"{id}\""))).ToList();
        try
        {
            using var lines = new LineReader(path);
            while (found.Count < needles.Count && lines.Next())
            {
                cancellationToken.ThrowIfCancellationRequested();
                found.UnionWith(needles.Where(needle => lines.Line.Span.IndexOf(needle.Bytes) >= 0).Select(needle => needle.Id));
            }
        }
        catch (BadInputException)
        {
            // Neither text nor whole gzip: none of our files.
        }

        return found;
    }

    /// <summary>Searches the bytes: a segment has no lines, and the gateway writes to it meanwhile.</summary>
    private static HashSet<string> FindInSpool(string path, IReadOnlyCollection<string> ids)
    {
        const int Window = 1 << 20;
        var found = new HashSet<string>();
        var needles = ids.Select(id => (Id: id, Bytes: System.Text.Encoding.UTF8.GetBytes(id))).ToList();
        var overlap = needles.Select(needle => needle.Bytes.Length).DefaultIfEmpty(0).Max();
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[Window + overlap];
            var kept = 0;
            while (file.Read(buffer, kept, Window) is var read and > 0)
            {
                var span = buffer.AsSpan(0, kept + read);
                foreach (var (id, bytes) in needles)
                {
                    if (span.IndexOf(bytes) >= 0)
                    {
                        found.Add(id);
                    }
                }

                kept = Math.Min(overlap, span.Length);
                span[^kept..].CopyTo(buffer);
            }
        }
        catch (IOException)
        {
            // The gateway has removed it meanwhile, and what was in it.
        }

        return found;
    }

    private static bool IsCandidate(string path) =>
        Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Writes an export anew without some exchanges, and says so in its manifest.</summary>
internal static class ExportRewrite
{
    /// <returns>False when the file has no manifest of ours, or when its lines are no exchanges.</returns>
    public static bool Without(string path, IReadOnlySet<string> ids)
    {
        if (ExportManifests.Find(path) is not { } manifest)
        {
            return false;
        }

        var (count, first, last) = (0L, (string?)null, (string?)null);
        using (var writer = JsonLines.Writer(path))
        {
            foreach (var exchange in JsonLines.Read<Exchange>(path).Where(exchange => !ids.Contains(exchange.Id)))
            {
                writer.Write(exchange);
                (count, first, last) = (count + 1, first ?? exchange.Id, exchange.Id);
            }

            writer.Commit();
        }

        ExportManifests.Write(path, manifest with
        {
            Exchanges = count,
            Bytes = new FileInfo(path).Length,
            Sha256 = Hashing.Sha256File(path),
            FirstId = first,
            LastId = last,
            Erased = [.. (manifest.Erased ?? []).Concat(ids).Distinct().Order(StringComparer.Ordinal)],
        });
        return true;
    }
}
