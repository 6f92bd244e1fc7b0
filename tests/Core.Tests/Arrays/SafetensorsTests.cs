using System.Buffers.Binary;
using FsCheck.Fluent;
using Tda.Core.Arrays;
using Tda.TestKit;

namespace Tda.Core.Tests.Arrays;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_ThenOpen_RoundTripsTensorsAndMetadata()
    {
        var path = _temp["m.safetensors"];
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["naïve"] = "é\"" };
        SafetensorsWriter.Write(
            path,
            [
                SafetensorsTensor.Of("bytes", new byte[] { 1, 2, 3 }, 3),
                SafetensorsTensor.Of("weight", [1f, 2f, 3f, 4f, 5f, 6f], 2, 3),
                SafetensorsTensor.Of("scalar", [7.5]),
                SafetensorsTensor.Of("empty", Array.Empty<float>(), 0, 4),
                new SafetensorsTensor("bf16", "BF16", [1], new byte[] { 0x80, 0x3f }),
            ],
            metadata);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["bf16", "bytes", "empty", "scalar", "weight"], file.Entries.Keys.Order());
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal([2L, 3L], file.Entry("weight").Shape);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], file.Span<float>("weight").ToArray());
        Assert.Equal(7.5, file.Span<double>("scalar")[0]);
        Assert.Equal([0x80, 0x3f], file.Bytes("bf16", 0, 2).ToArray());
        Assert.Empty(file.Bytes("empty", 0, 0).ToArray());
        Assert.Equal([2, 3], file.Bytes("bytes", 1, 2).ToArray());
        var copy = new float[6];
        file.CopyTo("weight", copy.AsSpan());
        Assert.Equal(6f, copy[5]);
        Assert.All(file.Entries.Values, entry => Assert.Equal(0, entry.Begin % SafetensorsDType.SizeOf(entry.DType)!.Value));
    }

    [Fact]
    public void Write_AnyShapes_RoundTrip()
    {
        var path = _temp["m.safetensors"];
        Property.Holds(Gen.Choose(0, 3).ListOf().Select(sizes => sizes.Take(4).Select(s => (long)s).ToArray()).ListOf(), shapes =>
        {
            SafetensorsTensor[] tensors = [.. shapes.Select((shape, i) =>
                SafetensorsTensor.Of($"t{i}", Enumerable.Range(i, (int)shape.Aggregate(1L, (a, b) => a * b)).ToArray(), shape))];
            SafetensorsWriter.Write(path, tensors);
            using var file = SafetensorsFile.Open(path);
            Assert.Equal(tensors.Length, file.Entries.Count);
            for (var i = 0; i < tensors.Length; i++)
            {
                Assert.Equal(shapes[i], file.Entry($"t{i}").Shape);
                Assert.Equal(Enumerable.Range(i, (int)file.Entry($"t{i}").Elements), file.Span<int>($"t{i}").ToArray());
            }
        }, cases: 60);
    }

    [Fact]
    public void Open_TruncatedAnywhere_IsBadInputWithPathAndOffset()
    {
        var path = _temp["m.safetensors"];
        SafetensorsWriter.Write(path, [SafetensorsTensor.Of("a", [1f, 2f], 2), SafetensorsTensor.Of("b", [3L], 1)], new Dictionary<string, string> { ["k"] = "v" });
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = _temp.Write("cut.safetensors", whole[..length]);
            var error = Assert.Throws<BadInputException>(() => SafetensorsFile.Open(cut).Dispose());
            Assert.Equal(cut, error.Path);
            Assert.NotNull(error.Offset);
        }
    }

    [Fact]
    public void Open_AnyHeaderByteChanged_IsBadInputOrReadable()
    {
        var path = _temp["m.safetensors"];
        SafetensorsWriter.Write(path, [SafetensorsTensor.Of("a", [1f, 2f], 2)]);
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < whole.Length - 8; at++)
        {
            foreach (var value in (byte[])[0, (byte)'"', (byte)'0', (byte)'9', (byte)']', 0x80, 255])
            {
                byte[] damaged = [.. whole];
                damaged[at] = value;
                try
                {
                    using var file = SafetensorsFile.Open(_temp.Write("damaged.safetensors", damaged));
                    foreach (var (name, entry) in file.Entries)
                    {
                        Assert.Equal(entry.End - entry.Begin, file.Bytes(name, 0, (int)(entry.End - entry.Begin)).Length);
                    }
                }
                catch (BadInputException)
                {
                    // The other outcome that is right.
                }
            }
        }
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "can't have 4 bytes")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "unknown element type 'F8_E4M3'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "starts at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes follow")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,8]}}""", "larger than any file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "starts at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"__metadata__":{"k":1}}""", "not a text")]
    [InlineData("""[1]""", "not a JSON object")]
    public void Open_HeaderThatContradictsItself_SaysHow(string header, string reason)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        var path = _temp.Write("m.safetensors", [.. length, .. Encoding.UTF8.GetBytes(header), .. new byte[8]]);
        var error = Assert.Throws<BadInputException>(() => SafetensorsFile.Open(path).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Span_AnotherElementType_IsRefusedByName()
    {
        SafetensorsWriter.Write(_temp["m"], [SafetensorsTensor.Of("a", [1f])]);
        using var file = SafetensorsFile.Open(_temp["m"]);
        var error = Assert.Throws<BadInputException>(() => file.Span<double>("a").Length);
        Assert.Contains("F32", error.Message, StringComparison.Ordinal);
        Assert.Contains("F64", error.Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => file.Bytes("b", 0, 1).Length);
    }

    [Fact]
    public void Write_TensorThatWritesTooLittle_LeavesNothing()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_temp["m"], [new SafetensorsTensor("a", "F32", [2], stream => stream.WriteByte(1))]));
        Assert.False(File.Exists(_temp["m"]));
    }

    [Fact]
    public void Write_SameNameTwice_Throws() =>
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_temp["m"], [SafetensorsTensor.Of("a", [1f]), SafetensorsTensor.Of("a", [2f])]));

    [Fact]
    public void Write_FullDisk_LeavesThePreviousFile()
    {
        var path = _temp["m"];
        SafetensorsWriter.Write(path, [SafetensorsTensor.Of("a", [1f])]);
        FullDisk.At(path);
        Assert.Throws<TdaException>(() => SafetensorsWriter.Write(path, [SafetensorsTensor.Of("a", new float[100_000], 100_000)]));
        using var kept = SafetensorsFile.Open(path);
        Assert.Equal([1f], kept.Span<float>("a").ToArray());
    }
}
