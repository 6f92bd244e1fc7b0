using Tda.TestKit;

namespace Tda.Core.Tests.Artifacts;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void WriteText_NewFolder_WritesWithoutByteOrderMark()
    {
        var path = _temp["a/b/text.txt"];
        AtomicFile.WriteText(path, "é");
        Assert.Equal([0xc3, 0xa9], File.ReadAllBytes(path));
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public void Write_CallbackThrows_LeavesThePreviousFile()
    {
        var path = _temp.Write("file", "before");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("before", File.ReadAllText(path));
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public void Write_FullDisk_LeavesThePreviousFileAndSaysSo()
    {
        var path = _temp.Write("file", "before");
        FullDisk.At(path);
        var error = Assert.Throws<TdaException>(() => AtomicFile.Write(path, stream => stream.Write(new byte[1 << 20])));
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal(1, error.ExitCode);
    }

    [Fact]
    public void Write_FullDiskFoundOnlyWhenFlushing_LeavesThePreviousFile()
    {
        var path = _temp.Write("file", "before");
        FullDisk.At(path);
        Assert.Throws<TdaException>(() => AtomicFile.Write(path, stream => stream.Write("fits the buffer"u8)));
        Assert.Equal("before", File.ReadAllText(path));
    }

    [Fact]
    public void Write_LeftoverOfAKilledWriter_IsReplaced()
    {
        var path = _temp["file"];
        File.WriteAllText(path + ".part", "a much longer text that a killed process left behind");
        AtomicFile.WriteText(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public void Write_TwoWritersAtOnce_TheSecondIsRefused()
    {
        var path = _temp["file"];
        using var first = new AtomicFileWriter(path);
        first.Write("first"u8);
        Assert.Throws<TdaException>(() => AtomicFile.WriteText(path, "second"));
        first.Commit();
        Assert.Equal("first", File.ReadAllText(path));
    }

    [Fact]
    public void Write_PlaceIsADirectory_SaysWhere()
    {
        var path = _temp["folder/x"];
        var error = Assert.Throws<TdaException>(() => AtomicFile.WriteText(Path.GetDirectoryName(path)!, "x"));
        Assert.Contains("folder", error.Message, StringComparison.Ordinal);
    }
}
