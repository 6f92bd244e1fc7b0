using System.Numerics;
using System.Runtime.InteropServices;
using Tda.Bench.Verbs;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;

namespace Tda.Bench.Indexing;

/// <summary>A store in the format of an index's shards; the numbers are random, and don't matter to the time.</summary>
internal sealed class BenchStore : IDisposable
{
    /// <summary>Numbers of a layer: rank 16 per side.</summary>
    public const int LayerLength = Side * Side;

    private const int Side = 16;
    private const int ShardRows = 4_096; // an index's default
    private const int ReadBytes = 1 << 19;

    private static readonly float[] Memory = Numbers(11, 1 << 26); // 256 MiB

    public BenchStore(string directory, int rows, int layers, StorageType storage)
    {
        (Directory, Rows, Layers, Layout) = (System.IO.Directory.CreateDirectory(directory).FullName, rows, layers, LayoutOf(layers, storage));
        var values = Numbers(3, 64 * Layout.Numbers);
        for (var first = 0; first < rows; first += ShardRows)
        {
            var shard = first / ShardRows;
            using var writer = new ShardFileWriter(name => Path.Combine(Directory, name), shard, Layout);
            for (var row = first; row < Math.Min(first + ShardRows, rows); row++)
            {
                writer.Append(new IndexRow($"{row:x32}", row, 1, Shapes.Context), values.AsSpan(row * 31 % 64 * Layout.Numbers, Layout.Numbers));
            }

            writer.Commit();
            Shards.Add(Path.Combine(Directory, ShardNames.Numbers(shard)));
            if (Layout.ScaleCount > 0)
            {
                Scales.Add(Path.Combine(Directory, ShardNames.Scales(shard)));
            }
        }
        Bytes = (long)rows * Layout.RowBytes;
    }

    public string Directory { get; }

    public int Rows { get; }

    public int Layers { get; }

    public StoreLayout Layout { get; }

    /// <summary>Bytes of the numbers.</summary>
    public long Bytes { get; }

    public List<string> Shards { get; } = [];

    public List<string> Scales { get; } = [];

    public static StoreLayout LayoutOf(int layers, StorageType storage) => new([.. Enumerable.Repeat(new ModuleRanks(Side, Side), layers)], storage);

    public LograIndex Index() => new(Directory, Shards.Count, Layout);

    public float[] Queries(int count) => Numbers(7, count * Layout.Length);

    /// <summary>Reads all numbers once with plain calls, piece by piece.</summary>
    public float Read()
    {
        float sum = 0;
        var piece = new byte[ReadBytes];
        foreach (var path in Shards)
        {
            using var file = File.OpenHandle(path);
            for (long at = 0, read; (read = RandomAccess.Read(file, piece, at)) > 0; at += read)
            {
                sum += Sum(MemoryMarshal.Cast<byte, float>(piece.AsSpan(0, (int)read)));
            }
        }
        return sum;
    }

    /// <summary>Reads as many bytes from plain memory, more of it than the caches hold.</summary>
    public float ReadMemory()
    {
        float sum = 0;
        for (var left = Bytes / sizeof(float); left > 0; left -= Memory.Length)
        {
            sum += Sum(Memory.AsSpan(0, (int)Math.Min(left, Memory.Length)));
        }

        return sum;
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    // Four sums at once: one alone would wait for its own additions, not for memory.
    private static float Sum(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> a = default, b = default, c = default, d = default;
        for (var i = 0; i + 3 < vectors.Length; i += 4)
        {
            a += vectors[i];
            b += vectors[i + 1];
            c += vectors[i + 2];
            d += vectors[i + 3];
        }

        return Vector.Sum(a + b + c + d);
    }

    private static float[] Numbers(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
