using System.Collections.Concurrent;

namespace Tda.Review.Attribution;

/// <summary>The finished attributions of a home. A run is opened once, and again when its manifest has changed.</summary>
internal sealed class RunLibrary(TdaHome home) : IDisposable
{
    private readonly ConcurrentDictionary<string, OpenedRun> _opened = new(StringComparer.Ordinal);

    /// <summary>Ids of all runs, newest first, those without scores among them.</summary>
    public IReadOnlyList<(string Id, DateTimeOffset Changed, bool HasReport)> List()
    {
        var root = new DirectoryInfo(home.RunsDirectory);
        return root.Exists
            ?
            [
                .. root.GetDirectories().Where(run => DirectoryOf(run.Name) is not null).OrderByDescending(run => run.LastWriteTimeUtc)
                    .Select(run => (run.Name, (DateTimeOffset)run.LastWriteTimeUtc, File.Exists(Path.Combine(run.FullName, ReportName)))),
            ]
            : [];
    }

    /// <summary>A run's page, which <c>tda report</c> writes.</summary>
    public const string ReportName = "report.html";

    /// <summary>The path of a run's report; null when the id is none or the run has no report.</summary>
    public string? ReportOf(string id) => DirectoryOf(id) is { } directory && Path.Combine(directory, ReportName) is var path && File.Exists(path) ? path : null;

    /// <summary>The scores of a run; null when the id is none, or the run has no scores, or they can't be read: then <paramref name="fault"/> says why.</summary>
    public OpenedRun? Find(string id, out string? fault)
    {
        fault = null;
        if (DirectoryOf(id) is not { } directory || !File.Exists(Path.Combine(directory, Manifest.FileName)))
        {
            return null;
        }

        var changed = File.GetLastWriteTimeUtc(Path.Combine(directory, Manifest.FileName));
        if (_opened.TryGetValue(id, out var known) && known.Changed == changed)
        {
            return known;
        }

        try
        {
            var run = new OpenedRun(id, changed, ScoreRun.Open(directory, verify: false), home);

            // The one before may still be read by another request: it is left to the collector.
            return _opened[id] = run;
        }
        catch (TdaException error)
        {
            fault = error.Message;
            return null;
        }
    }

    /// <summary>All runs with scores, newest first.</summary>
    public IEnumerable<OpenedRun> Scored() => List().Select(run => Find(run.Id, out _)).OfType<OpenedRun>();

    public void Dispose()
    {
        foreach (var run in _opened.Values)
        {
            run.Dispose();
        }
    }

    private string? DirectoryOf(string id)
    {
        try
        {
            return home.RunDirectory(id);
        }
        catch (UsageException)
        {
            // Not a name that a run can have, such as one that leads out of the home.
            return null;
        }
    }
}
