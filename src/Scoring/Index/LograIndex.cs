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
    public long Rows => Enumerable.Range(0, Shards).Sum(s =>
    {
        using var shard = Open(s);
        return _deleted.Count == 0 ? shard.Rows : shard.Documents(0, shard.Rows).ToArray().LongCount(d => !IsDeleted(d));
    });

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
        if (Of(documents, reader.ReadModule(shard, first, documents.Length, module), d => !IsDeleted(d)) is { } live)
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
    /// <param name="curvature">The sums.</param>
    /// <param name="firstShard">Where to begin.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <param name="documents">Whose rows are added; null (default): of those that weren't deleted.</param>
    public void AddCurvature(
        LograCurvature curvature, int firstShard, CancellationToken cancellation = default, IReadOnlySet<int>? documents = null) =>
        ForEachBlock(firstShard, (reader, shard, first, owners) =>
        {
            if (Of(owners, reader.Read(shard, first, owners.Length), d => documents?.Contains(d) ?? !IsDeleted(d)) is { } rows)
            {
                curvature.Add(rows);
            }
        }, cancellation);

    internal StoredShard Open(int shard) => new(Directory, shard, Layout, _checks[shard]);

    // Rows of some documents; null where there are none.
    private static Tensor? Of(int[] documents, Tensor gradients, Func<int, bool> wanted)
    {
        long[] rows = [.. documents.Index().Where(x => wanted(x.Item)).Select(x => (long)x.Index)];
        return rows.Length == 0 ? null
            : rows.Length == documents.Length ? gradients
            : gradients.index_select(0, tensor(rows, [rows.Length], dtype: ScalarType.Int64));
    }
}
