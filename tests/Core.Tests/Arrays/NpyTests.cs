using FsCheck.Fluent;
using Tda.Core.Arrays;
using Tda.TestKit;

namespace Tda.Core.Tests.Arrays;

public sealed class NpyTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_Floats_AreTheBytesThatNumPyWrites()
    {
        // numpy.save of numpy.arange(3, dtype="<f4"), NumPy 1.26: 64-byte aligned, padded with spaces, one line break.
        var path = _temp["a.npy"];
        NpyFile.Write(path, [0f, 1f, 2f]);
        byte[] header = [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".PadRight(117) + "\n")];
        Assert.Equal([.. header, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40], File.ReadAllBytes(path));
    }

    [Fact]
    public void WriteAndOpen_AnyRows_RoundTrip()
    {
        var path = _temp["a.npy"];
        var sizes = from rows in Gen.Choose(0, 12) from columns in Gen.Choose(1, 9) from seed in Gen.Choose(0, 1000) select (rows, columns, seed);
        Property.Holds(sizes, size =>
        {
            var random = new Random(size.seed);
            double[] values = [.. Enumerable.Range(0, size.rows * size.columns).Select(_ => random.NextDouble())];
            NpyFile.Write(path, values, size.rows, size.columns);
            using var array = NpyArray<double>.Open(path);
            Assert.Equal([size.rows, size.columns], array.Shape);
            for (var row = 0; row < size.rows; row++)
            {
                Assert.Equal(values[(row * size.columns)..((row + 1) * size.columns)], array.Row(row).ToArray());
            }
        });
    }

    [Fact]
    public void Append_AnyChunks_EqualsWritingAtOnce()
    {
        Property.Holds(Gen.Choose(1, 4).ListOf(), chunks =>
        {
            float[] all = [.. Enumerable.Range(0, chunks.Sum() * 3).Select(i => (float)i)];
            using (var writer = new NpyWriter<float>(_temp["s.npy"], 3))
            {
                var at = 0;
                foreach (var rows in chunks)
                {
                    writer.Append(all.AsSpan(at, rows * 3));
                    at += rows * 3;
                }

                writer.Commit();
            }

            using var array = NpyArray<float>.Open(_temp["s.npy"]);
            Assert.Equal([chunks.Sum(), 3], array.Shape);
            Assert.Equal(all, array.ToArray());
        }, cases: 40);
    }

    [Fact]
    public void Open_EveryElementType_RoundTrips()
    {
        RoundTrip<float>([1.5f, float.NaN, -0f]);
        RoundTrip<double>([Math.PI, double.NegativeInfinity]);
        RoundTrip<Half>([(Half)1.5, Half.MaxValue]);
        RoundTrip<int>([int.MinValue, 7]);
        RoundTrip<long>([long.MaxValue]);
        RoundTrip<uint>([uint.MaxValue]);
        RoundTrip<byte>([0, 255]);
        RoundTrip<bool>([true, false]);
        RoundTrip<float>([]);
    }

    [Fact]
    public void Open_TruncatedAnywhere_IsBadInputWithPathAndReason()
    {
        var path = _temp["a.npy"];
        NpyFile.Write(path, [1L, 2L, 3L, 4L], 2, 2);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = _temp.Write("cut.npy", whole[..length]);
            var error = Assert.Throws<BadInputException>(() => NpyArray<long>.Open(cut).Dispose());
            Assert.Equal(cut, error.Path);
            Assert.NotNull(error.Offset);
        }
    }

    [Fact]
    public void Open_AnyByteChanged_IsBadInputOrAnArrayOfTheSameSize()
    {
        var path = _temp["a.npy"];
        NpyFile.Write(path, [1L, 2L, 3L, 4L], 2, 2);
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < 128; at++)
        {
            foreach (var value in (byte[])[0, (byte)' ', (byte)'9', (byte)'\'', (byte)')', 255])
            {
                byte[] damaged = [.. whole];
                damaged[at] = value;
                try
                {
                    using var array = NpyArray<long>.Open(_temp.Write("damaged.npy", damaged));
                    Assert.Equal(4, array.ToArray().Length);
                }
                catch (BadInputException)
                {
                    // The other outcome that is right.
                }
            }
        }
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "'>f4'")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "'<f8'")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "Fortran")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 8), }", "larger than any file")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "size was expected")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "'shape'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'extra': 1}", "'extra'")]
    public void Open_HeaderThatCannotBeUsed_SaysWhy(string header, string reason)
    {
        var text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n");
        var path = _temp.Write("a.npy", [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. text, 0, 0, 0, 0]);
        var error = Assert.Throws<BadInputException>(() => NpyArray<float>.Open(path).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Version2_IsRead()
    {
        var text = Encoding.ASCII.GetBytes("{'shape': (2,), 'fortran_order': True, 'descr': \"|u1\"}\n");
        var path = _temp.Write("a.npy", [0x93, .. "NUMPY"u8, 2, 0, (byte)text.Length, 0, 0, 0, .. text, 5, 6]);
        using var array = NpyArray<byte>.Open(path);
        Assert.Equal([5, 6], array.ToArray());
    }

    [Fact]
    public void Open_TrailingBytes_IsBadInput()
    {
        var path = _temp["a.npy"];
        NpyFile.Write(path, [1f]);
        File.AppendAllText(path, "x");
        Assert.Throws<BadInputException>(() => NpyArray<float>.Open(path).Dispose());
    }

    [Fact]
    public void Commit_FullDisk_LeavesThePreviousFile()
    {
        var path = _temp["a.npy"];
        NpyFile.Write(path, [1f]);
        FullDisk.At(path);
        using (var writer = new NpyWriter<float>(path))
        {
            writer.Append([2f]);
            Assert.Throws<TdaException>(writer.Commit);
        }

        using var kept = NpyArray<float>.Open(path);
        Assert.Equal([1f], kept.ToArray());
    }

    [Fact]
    public void Row_OutsideTheArray_Throws()
    {
        NpyFile.Write(_temp["a.npy"], [1f, 2f], 2, 1);
        using var array = NpyArray<float>.Open(_temp["a.npy"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Row(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Row(-1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Span(1, 2).Length);
    }

    private void RoundTrip<T>(T[] values)
        where T : unmanaged
    {
        NpyFile.Write(_temp["t.npy"], values);
        using var array = NpyArray<T>.Open(_temp["t.npy"]);
        Assert.Equal(values, array.ToArray());
    }
}
