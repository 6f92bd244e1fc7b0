using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Index;

/// <summary>
/// A gradient index: shards of projected gradients, read in blocks, so that memory does not grow with the number of documents.
/// <see cref="StoreScorer"/> scores it. Every byte is checked once, when it is first read.
/// </summary>
public sealed class LograIndex : IModuleRows
{
    private readonly HashSet<int> _deleted;
    private readonly ShardChecks[] _checks;

    /// <summary>The shards of an index directory. <see cref="IndexDirectory"/> checks the manifest.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="shards">Their number.</param>
    /// <param name="layout">What a row looks like.</param>
    /// <param name="deleted">Documents whose rows are still there but no longer count.</param>
    /// <param name="hashes">SHA-256 by file name, which the files that describe rows are checked by; null: they are taken as they are.</param>
    public LograIndex(
        string directory, int shards, StoreLayout layout, IEnumerable<int>? deleted = null, IReadOnlyDictionary<string, string>? hashes = null)
    {
        (Directory, Shards, Layout, _deleted) = (directory, shards, layout, [.. deleted ?? []]);
        _checks = [.. Enumerable.Range(0, shards).Select(_ => new ShardChecks(directory, hashes))];
    }

    /// <summary>Where the shards are.</summary>
    public string Directory { get; }

    /// <summary>Number of shards.</summary>
    public int Shards { get; }

    /// <summary>What a row looks like.</summary>
    public StoreLayout Layout { get; }

    /// <inheritdoc/>
    public long Rows
    {
        get
        {
            long rows = 0;
            for (var s = 0; s < Shards; s++)
            {
                using var shard = Open(s);
                rows += _deleted.Count == 0 ? shard.Rows : shard.Documents(0, shard.Rows).ToArray().Count(d => !IsDeleted(d));
            }
            return rows;
        }
    }

    /// <summary>Whether a document was deleted.</summary>
    public bool IsDeleted(int document) => _deleted.Contains(document);

    /// <summary>Documents set apart when the index was made.</summary>
    public IReadOnlyList<ExcludedDocument> Excluded() =>
        [.. Enumerable.Range(0, Shards).SelectMany(s =>
        {
            _checks[s].RequireFile(ShardNames.Excluded(s));
            return JsonLines.Read<ExcludedDocument>(Path.Combine(Directory, ShardNames.Excluded(s)));
        })];

    /// <summary>Visits all rows, deleted ones too, in blocks of a few MiB, each in a dispose scope of its own.</summary>
    /// <exception cref="BadInputException">A shard is truncated, damaged, or disagrees with its rows file or the manifest.</exception>
    public void ForEachBlock(Action<StoreBlock> visit, CancellationToken cancellation = default) => ForEachBlock(
        0, (reader, shard, first, documents) => visit(new StoreBlock(documents, reader.Read(shard, first, documents.Length))), cancellation);

    /// <inheritdoc/>
    public void ForEachBlock(int module, Action<Tensor> visit) => ForEachBlock(0, (reader, shard, first, documents) =>
    {
        if (Live(documents, reader.ReadModule(shard, first, documents.Length, module)) is { } live)
        {
            visit(live.to_type(ScalarType.Float64));
        }
    }, CancellationToken.None);

    // One reader for all shards: the pages of its buffer are dear the first time.
    private void ForEachBlock(int firstShard, Action<BlockReader, StoredShard, int, int[]> visit, CancellationToken cancellation)
    {
        using var reader = new BlockReader(Layout);
        var step = BlockReader.Rows(Layout);
        for (var s = firstShard; s < Shards; s++)
        {
            using var shard = Open(s);
            for (var first = 0; first < shard.Rows; first += step)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                visit(reader, shard, first, shard.Documents(first, Math.Min(step, shard.Rows - first)).ToArray());
            }
        }
    }

    /// <summary>Adds the outer products of the shards from <paramref name="firstShard"/> on.</summary>
    public void AddCurvature(LograCurvature curvature, int firstShard, CancellationToken cancellation = default) =>
        ForEachBlock(firstShard, (reader, shard, first, documents) =>
        {
            if (Live(documents, reader.Read(shard, first, documents.Length)) is { } live)
            {
                curvature.Add(live);
            }
        }, cancellation);

    internal StoredShard Open(int shard) => new(Directory, shard, Layout, _checks[shard]);

    // Rows of documents that still count; null where there are none.
    private Tensor? Live(ReadOnlySpan<int> documents, Tensor gradients)
    {
        if (_deleted.Count == 0)
        {
            return gradients;
        }

        var live = new List<long>();
        for (var row = 0; row < documents.Length; row++)
        {
            if (!IsDeleted(documents[row]))
            {
                live.Add(row);
            }
        }
        return live.Count == 0 ? null : gradients.index_select(0, tensor(live.ToArray(), [live.Count], dtype: ScalarType.Int64));
    }
}
