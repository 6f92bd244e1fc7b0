using Tda.Core.Arrays;
using Tda.Core.Errors;
using Tda.Core.Json;
using Tda.Scoring.Projection;
using static TorchSharp.torch;

namespace Tda.Scoring.Indexing;

/// <summary>A finished gradient index: shards of projected gradients, streamed from memory-mapped files.</summary>
public sealed class LograIndex
{
    private readonly string directory;
    private readonly int length;
    private readonly StorageType storage;

    /// <summary>Opens the shards of an index directory. <see cref="IndexDirectory"/> checks the manifest.</summary>
    public LograIndex(string directory, int shards, int length, StorageType storage)
    {
        (this.directory, Shards, this.length, this.storage) = (directory, shards, length, storage);
    }

    /// <summary>Number of shards.</summary>
    public int Shards { get; }

    /// <summary>Documents set apart when the index was made.</summary>
    public IReadOnlyList<ExcludedDocument> Excluded() =>
        [.. Enumerable.Range(0, Shards).SelectMany(s => JsonLines.Read<ExcludedDocument>(Path.Combine(directory, LograShardWriter.ExcludedName(s))))];

    /// <summary>
    /// Visits every shard: its rows and their projected gradients (rows, D), float32, in a dispose scope of their own.
    /// A document's rows are all in one shard.
    /// </summary>
    /// <exception cref="BadInputException">A shard is truncated, damaged, or disagrees with its rows file or the manifest.</exception>
    public void ForEachShard(Action<IReadOnlyList<IndexRow>, Tensor> visit, CancellationToken cancellation = default)
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = JsonLines.Read<IndexRow>(Path.Combine(directory, LograShardWriter.RowsName(shard))).ToArray();
            var path = Path.Combine(directory, LograShardWriter.ShardName(shard));
            using var scope = NewDisposeScope();
            if (rows.Length > 0)
                visit(rows, storage == StorageType.Float32 ? Read<float>(path, rows.Length, x => x) : Read<Half>(
                    path, rows.Length, x => (float)x));
        }
    }

    /// <summary>Sums of outer products of all rows, for a solver.</summary>
    public LograCurvature Curvature(Projector projector, CancellationToken cancellation = default)
    {
        var curvature = new LograCurvature(projector);
        ForEachShard((_, gradients) => curvature.Add(gradients), cancellation);
        return curvature;
    }

    private Tensor Read<T>(string path, int rows, Func<T, float> convert)
        where T : unmanaged
    {
        using var array = NpyArray<T>.Open(path);
        if (!array.Shape.SequenceEqual([rows, length]))
            throw new BadInputException(
                path, $"has shape ({string.Join(", ", array.Shape)}), but the rows file and the manifest say ({rows}, {length})",
                remedy: "Make the index again.");
        var source = array.ToArray();
        return tensor(source as float[] ?? Array.ConvertAll(source, x => convert(x)), [rows, length], dtype: ScalarType.Float32);
    }
}
