using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Tests.Index;

public class RowCodecTests
{
    [Fact]
    public void DecodeHalf_EveryFiniteHalf_IsExact()
    {
        Half[] all = [.. Enumerable.Range(0, 65536).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).Where(Half.IsFinite)];
        var decoded = new float[all.Length];
        RowCodec.Decode(all, decoded);
        for (var i = 0; i < all.Length; i++)
        {
            Assert.Equal(BitConverter.SingleToInt32Bits((float)all[i]), BitConverter.SingleToInt32Bits(decoded[i]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(77)]
    public void EncodeInt8_ThenDecode_IsWithinHalfAStep(int length)
    {
        var random = new Random(length);
        float[] values = [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() - .5f) * 1e-3f)];
        var bytes = new sbyte[length];
        var scale = RowCodec.Encode(values, bytes);
        var decoded = new float[length];
        RowCodec.Decode(bytes, scale, decoded);
        for (var i = 0; i < length; i++)
        {
            Assert.InRange(decoded[i] - values[i], -.501f * scale, .501f * scale);
        }

        Assert.Equal(values.Max(MathF.Abs), decoded.Max(MathF.Abs), 1e-9f);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-42f)]
    public void EncodeInt8_Nothing_IsZero(float value)
    {
        var bytes = new sbyte[3];
        Assert.Equal(0, RowCodec.Encode([value, -value, 0], bytes));
        Assert.Equal([0, 0, 0], bytes);
    }
}
