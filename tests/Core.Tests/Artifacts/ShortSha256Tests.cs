using System.Security.Cryptography;
using Tda.Core.Artifacts;

namespace Tda.Core.Tests.Artifacts;

public class ShortSha256Tests
{
    [Fact]
    public void Hash_EveryLengthAroundBlocksAndTheLimit_IsSha256()
    {
        var bytes = new byte[9000];
        new Random(1).NextBytes(bytes);
        var digest = new byte[SHA256.HashSizeInBytes];
        foreach (var length in Enumerable.Range(0, 300).Concat([1000, 2048, 4096, 8191, 8192, 8193, 9000]))
        {
            ShortSha256.Hash(bytes.AsSpan(0, length), digest);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), digest);
        }
    }

    [Fact]
    public void Hash_KnownText_IsThePublishedDigest()
    {
        // FIPS 180-4's example.
        var digest = new byte[SHA256.HashSizeInBytes];
        ShortSha256.Hash("abc"u8, digest);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Convert.ToHexStringLower(digest));
    }

    [Fact]
    public void Hash_DestinationTooShort_IsRefused() => Assert.Throws<ArgumentException>(() => ShortSha256.Hash("abc"u8, new byte[31]));

    [Fact]
    public void Hash_FromManyThreads_GivesEachItsOwn()
    {
        var inputs = Enumerable.Range(0, 64).Select(i => Enumerable.Repeat((byte)i, 100 * i).ToArray()).ToArray();
        var expected = inputs.Select(SHA256.HashData).ToArray();
        Parallel.For(0, 10_000, i =>
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            ShortSha256.Hash(inputs[i % 64], digest);
            Assert.True(digest.SequenceEqual(expected[i % 64]));
        });
    }
}
