using Tda.TestKit;

namespace Tda.Core.Tests.Json;

public sealed class LineReaderTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    /// <summary>Reference: the text split at its line feeds. Lines are longer than the reader's buffer, and just as long as allowed.</summary>
    [Theory]
    [InlineData(100, true)]
    [InlineData(70_000, true)]
    [InlineData(70_000, false)]
    [InlineData(200_000, false)]
    public void Next_LinesLongerThanAllowed_ArePassedOverAndTheRestIsUnchanged(int longest, bool breakAtEnd)
    {
        var random = new Random(longest);
        int[] lengths = [0, 3, longest, longest + 1, 5, 65_536, 131_072, longest * 3, 1, 300_000, 2];
        string[] lines = [.. lengths.Select(length => new string((char)('a' + random.Next(26)), length))];
        var path = _temp.Write("lines", string.Join('\n', lines) + (breakAtEnd ? "\n" : ""));
        using var reader = new LineReader(path, File.OpenRead(path), longest);

        long offset = 0;
        foreach (var line in lines)
        {
            Assert.True(reader.Next());
            Assert.Equal((offset, line.Length > longest), (reader.Offset, reader.IsTooLong));
            Assert.Equal(line.Length > longest ? "" : line, Encoding.UTF8.GetString(reader.Line.Span));
            offset += line.Length + 1;
        }

        Assert.False(reader.Next());
        Assert.Equal(lines.Length, reader.Number);
    }
}
