using System.Text.RegularExpressions;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Index;

/// <summary>A damaged row is an error at the row, whoever reads it first, and is looked for once.</summary>
public class ShardChecksTests
{
    [Theory]
    [InlineData(StorageType.Float32, 1)]
    [InlineData(StorageType.Float32, 3)]
    [InlineData(StorageType.Float16, 1)]
    [InlineData(StorageType.Int8, 1)]
    [InlineData(StorageType.Int8, 3)]
    public void Score_FlippedBit_IsAnErrorAtTheRow(StorageType storage, int queries)
    {
        using var store = new SyntheticStore(storage);
        var rows = store.Documents.Count(d => d is >= 46 and < 69);
        foreach (var row in (int[])[0, 7, rows - 1])
        {
            var offset = Flip(Path.Combine(store.Path, "shard-00002.npy"), file => file.Length - (((rows - row) * (long)store.Layout.RowBytes) - 3));
            var error = Assert.Throws<BadInputException>(() => Score(store.Index(), store.Queries(queries)));
            Assert.Contains($"row {row} ", error.Message);
            Assert.Equal(offset - 3, error.Offset);
            Assert.Matches(new Regex("shard-00002.*tda index verify", RegexOptions.Singleline), error.Message);
            Flip(Path.Combine(store.Path, "shard-00002.npy"), _ => offset);
        }
        Score(store.Index(), store.Queries(queries));
    }

    [Fact]
    public void Score_SeveralThreads_TheErrorIsTheSame()
    {
        using var store = new SyntheticStore(StorageType.Float16, documents: 600, documentsAShard: 600);
        Flip(Path.Combine(store.Path, "shard-00000.npy"), file => file.Length - 5);
        var before = get_num_threads();
        try
        {
            set_num_threads(2);
            Assert.Throws<BadInputException>(() => Score(store.Index(), store.Queries(1)));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Score_FlippedScale_IsAnErrorToo()
    {
        using var store = new SyntheticStore(StorageType.Int8);
        Flip(Path.Combine(store.Path, "scales-00001.npy"), file => file.Length - 2);
        Assert.Throws<BadInputException>(() => Score(store.Index(), store.Queries(1)));
    }

    [Fact]
    public void Score_OnceWhole_IsNotCheckedAgain()
    {
        using var store = new SyntheticStore(StorageType.Float32);
        var index = store.Index();
        Score(index, store.Queries(1));
        Flip(Path.Combine(store.Path, "shard-00001.npy"), file => file.Length - 2);
        Score(index, store.Queries(1));
        Assert.Throws<BadInputException>(() => Score(store.Index(), store.Queries(1)));
    }

    [Fact]
    public void FirstDamaged_AnyLengthAndCount_IsTheFirstRowThatDiffers()
    {
        var random = new Random(4);
        foreach (var length in (int[])[1, 7, 8, 31, 200])
        {
            foreach (var scaleCount in (int[])[0, 3])
            {
                foreach (var count in (int[])[0, 1, 3, 4, 5, 9])
                {
                    var (rows, scales) = (new byte[length * count], new float[scaleCount * count]);
                    random.NextBytes(rows);
                    for (var i = 0; i < scales.Length; i++)
                    {
                        scales[i] = random.NextSingle();
                    }

                    uint[] sums = [.. Enumerable.Range(0, count).Select(r => RowChecksum.Of(rows.AsSpan(r * length, length), scales.AsSpan(r * scaleCount, scaleCount)))];
                    Assert.Equal(-1, RowChecksum.FirstDamaged(rows, scales, sums));
                    for (var r = count - 1; r >= 0; r--)
                    {
                        rows[(r * length) + random.Next(length)] ^= 16;
                        Assert.Equal(r, RowChecksum.FirstDamaged(rows, scales, sums));
                    }
                }
            }
        }
    }

    private static long Flip(string path, Func<FileInfo, long> where)
    {
        var offset = where(new FileInfo(path));
        using var file = File.Open(path, FileMode.Open);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 4));
        return offset;
    }

    private static void Score(LograIndex index, double[][] queries)
    {
        using var scope = NewDisposeScope();
        StoreScorer.Score(index, tensor(queries.SelectMany(q => q).ToArray(), [queries.Length, index.Layout.Length]), (_, _) => { });
    }
}
