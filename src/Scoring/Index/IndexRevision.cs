using System.Text.Json.Nodes;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Index;

/// <summary>
/// A changed index in the making: a directory beside the old one that shares its unchanged files and takes its place at once. Killed at
/// any moment, the index is the old one or the new one; the same command goes on with what was done.
/// </summary>
internal sealed class IndexRevision : IDisposable
{
    private IndexRevision(IndexDirectory current, ArtifactDirectory work) => (Current, Work) = (current, work);

    /// <summary>The index as it is.</summary>
    public IndexDirectory Current { get; }

    /// <summary>The index as it will be.</summary>
    public ArtifactDirectory Work { get; }

    /// <summary>Starts, or goes on with, a change.</summary>
    /// <param name="path">The index's directory.</param>
    /// <param name="command">Such as <c>tda index append</c>.</param>
    /// <param name="options">What the change is, for telling whether unfinished work is the same.</param>
    /// <param name="time">Clock.</param>
    /// <param name="progress">Told of unfinished work.</param>
    /// <param name="verify">Whether damaged shards are refused at once; false for the change that sets them apart.</param>
    /// <exception cref="UsageException">The index has no rows to change.</exception>
    public static IndexRevision Start(
        string path, string command, object options, TimeProvider time, IProgressSink progress, bool verify = true)
    {
        var (name, current) = (Path.GetFileName(path), IndexDirectory.Open(path, verify));
        RequireRows(current);
        var wanted = Indexer.Json(new { Command = command, Base = Hashing.Sha256File(Path.Combine(path, Manifest.FileName)), Options = options });
        var work = ArtifactDirectory.Resume(path, IndexDirectory.Format, IndexDirectory.Version, time, replace: true);
        if (work.Resumed && JsonNode.DeepEquals(work.Manifest.Options, wanted))
        {
            progress.Message($"Going on with unfinished work on index {name}.");
        }
        else if (work.Resumed)
        {
            work.Dispose();
            work = ArtifactDirectory.Create(path, IndexDirectory.Format, IndexDirectory.Version, time, replace: true);
        }
        work.Manifest.Command = command;
        work.Manifest.Options = wanted;
        (work.Manifest.Seeds, work.Manifest.Inputs) = (new(current.Artifact.Manifest.Seeds), new(current.Artifact.Manifest.Inputs));
        work.SaveManifest();
        return new IndexRevision(current, work);
    }

    /// <summary>Refuses an index of factors.</summary>
    /// <exception cref="UsageException">Says what to do instead.</exception>
    public static void RequireRows(IndexDirectory index)
    {
        if (index.Info.Method == IndexMethod.Logra)
        {
            return;
        }

        var name = Path.GetFileName(index.Directory);
        throw new UsageException(
            $"Index {name} holds EK-FAC factors: statistics of the whole corpus without a row a document, so that nothing can be " +
            "appended, deleted or compacted. Make it again of the corpus as it is now: tda index --surrogate " +
            $"{index.Info.Surrogate} --corpus {index.Info.Corpus} --name {name} --method ekfac --replace.");
    }

    /// <summary>Shares files of the current index, but not those that this change writes itself.</summary>
    public void Share(Func<string, bool>? except = null)
    {
        foreach (var file in Current.Artifact.Manifest.Outputs.Keys)
        {
            if (file == IndexDirectory.ExcludedFile || except?.Invoke(file) == true)
            {
                continue;
            }

            // What is read to be merged must be vouched for.
            if (file.StartsWith("excluded-", StringComparison.Ordinal))
            {
                Current.Artifact.Verify(file);
            }

            Work.Share(Current.Artifact, file);
        }
    }

    /// <summary>The gradients of the index in the making.</summary>
    public LograIndex WorkIndex(int shards, StoreLayout layout, IEnumerable<DeletedDocument> deleted) =>
        new(Work.WorkDirectory, shards, layout, deleted.Select(d => d.Document), Current.Artifact.Manifest.Outputs);

    /// <summary>Puts the new index in the old one's place.</summary>
    public IndexResult Commit(IndexInfo info, int documents, TimeProvider time, params string[] notes)
    {
        info = info with { Changes = [.. Current.Info.Changes, new IndexChange(Work.Manifest.Command, time.GetUtcNow(), documents)] };
        var apart = Indexer.SetApart(Work);
        // The options that it was made with stand for it from now on: an ensemble's other members are indexed by them.
        Work.Manifest.Options = Current.Artifact.Manifest.Options.DeepClone().AsObject();
        Work.Manifest.Details = Indexer.Json(info);
        var resumed = Work.Resumed;
        Work.Commit();
        return new IndexResult(Work.FinalDirectory, info.Documents, info.Sequences, info.Tokens, apart.Count, resumed, notes);
    }

    /// <summary>The shard that a file belongs to; -1: none.</summary>
    public static int ShardOf(string file) =>
        !file.Contains('/', StringComparison.Ordinal)
        && file.LastIndexOf('-') is > 0 and var dash
        && int.TryParse(Path.GetFileNameWithoutExtension(file)[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
        && ShardNames.All(shard).Contains(file)
            ? shard
            : -1;

    public void Dispose() => Work.Dispose();
}

/// <summary>Something that was done to a finished index.</summary>
/// <param name="Command">Such as <c>tda index append</c>.</param>
/// <param name="Time">When it was started.</param>
/// <param name="Documents">Documents added, deleted or lost by it.</param>
public sealed record IndexChange(string Command, DateTimeOffset Time, int Documents);
