using Tda.Lab.Generation;

namespace Tda.Lab.Tests.Generation;

public class TextAssemblerTests
{
    [Fact]
    public void Push_CharacterSplitOverTokens_IsReleasedWhole()
    {
        var deltas = Assemble([], "a"u8.ToArray(), [0xF0, 0x9F], [0x98], [0x80], "b"u8.ToArray());
        Assert.Equal(["a", "", "", "😀", "b", ""], deltas.Select(d => d.Text));
        Assert.Equal([1, 0 /* held */, 0, 3, 1, 0], deltas.Select(d => d.Tokens));
    }

    [Fact]
    public void Push_StopAcrossTokens_CutsTextAndTokens()
    {
        var deltas = Assemble(["END"], "xE"u8.ToArray(), "N"u8.ToArray(), "Dy"u8.ToArray());
        Assert.Equal("x", string.Concat(deltas.Select(d => d.Text)));
        Assert.Equal(1, deltas.Sum(d => d.Tokens));
        Assert.DoesNotContain(deltas, d => d.Text.Contains('E'));
    }

    [Fact]
    public void Push_StopThatDoesNotComeUp_ReleasesWhatWasHeld()
    {
        var deltas = Assemble(["END"], "E"u8.ToArray(), "N"u8.ToArray(), "o"u8.ToArray());
        Assert.Equal(["", "", "ENo", ""], deltas.Select(d => d.Text));
    }

    [Fact]
    public void Push_TwoStops_TheEarlierOneCuts() =>
        Assert.Equal("a", string.Concat(Assemble(["cd", "bc"], "abcd"u8.ToArray()).Select(d => d.Text)));

    [Fact]
    public void Push_OverlappingPrefix_FindsTheStop() =>
        Assert.Equal("a", string.Concat(Assemble(["aab"], "a"u8.ToArray(), "a"u8.ToArray(), "a"u8.ToArray(), "b"u8.ToArray()).Select(d => d.Text)));

    [Fact]
    public void Finish_IncompleteCharacter_GivesReplacementCharacter() =>
        Assert.Equal("a\uFFFD", string.Concat(Assemble([], "a"u8.ToArray(), [0xF0, 0x9F]).Select(d => d.Text)));

    [Fact]
    public void Push_AnyBytesInAnyPieces_GiveTheSameTextAsDecodedWhole()
    {
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(1, 30)];
            random.NextBytes(bytes);
            if (round % 2 == 0)
            {
                bytes = Encoding.UTF8.GetBytes("aé漢😀z").Concat(bytes).ToArray();
            }

            var pieces = new List<byte[]>();
            for (var at = 0; at < bytes.Length;)
            {
                var size = Math.Min(random.Next(1, 4), bytes.Length - at);
                pieces.Add(bytes[at..(at + size)]);
                at += size;
            }

            var deltas = Assemble([], [.. pieces]);
            Assert.Equal(Encoding.UTF8.GetString(bytes), string.Concat(deltas.Select(d => d.Text)));
            Assert.Equal(pieces.Count, deltas.Sum(d => d.Tokens));
        }
    }

    private static List<(string Text, int Tokens)> Assemble(string[] stop, params byte[][] tokens)
    {
        var assembler = new TextAssembler(stop);
        var deltas = new List<(string, int)>();
        foreach (var token in tokens)
        {
            var (text, released) = assembler.Push(new GeneratedToken(0, 0, []), token);
            deltas.Add((text, released.Count));
            if (assembler.Stopped)
            {
                return deltas;
            }
        }

        var (rest, last) = assembler.Finish();
        deltas.Add((rest, last.Count));
        return deltas;
    }
}
