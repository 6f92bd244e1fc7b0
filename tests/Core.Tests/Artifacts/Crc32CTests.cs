namespace Tda.Core.Tests.Artifacts;

public class Crc32CTests
{
    // RFC 3720, B.4, and the check value of the catalogue of parametrised CRC algorithms.
    [Theory]
    [InlineData("123456789", 0xE3069283)]
    [InlineData("", 0)]
    public void Finish_KnownText_KnownChecksum(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Finish(Crc32C.Add(Crc32C.Start, Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Finish_ThirtyTwoZeros_KnownChecksum() =>
        Assert.Equal(0x8A9136AAu, Crc32C.Finish(Crc32C.Add(Crc32C.Start, new byte[32])));

    [Fact]
    public void Add_CutAnywhere_SameAsInOneGoAndAsBitByBit()
    {
        var bytes = new byte[67];
        new Random(3).NextBytes(bytes);
        var expected = BitByBit(bytes);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var state = Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes.AsSpan(0, cut)), bytes.AsSpan(cut));
            Assert.Equal(expected, Crc32C.Finish(state));
        }
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(4099)]
    [InlineData(21504)]
    public void Add_LongOrAnyState_SameAsBitByBit(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var expected = BitByBit(bytes);
        Assert.Equal(expected, Crc32C.Finish(Crc32C.Add(Crc32C.Start, bytes)));

        // From another state, and from an odd address.
        Assert.Equal(expected, Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes.AsSpan(0, 5)), bytes.AsSpan(5))));
    }

    /// <summary>The definition: the reflected polynomial 0x82F63B78, one bit after the other.</summary>
    private static uint BitByBit(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }
}
