namespace Tda.Bench.Fuzz;

/// <summary>Makes hostile inputs of valid ones: random bytes, flips, cuts, doubled pieces, and what parsers trip over.</summary>
internal sealed class Mutator(ulong seed)
{
    private static readonly byte[][] Nasty =
    [
        [0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x91], [0xEF, 0xBB, 0xBF], [0],
        .. new[]
        {
            "\"", "\\", "{", "}", "[", "]", ":", ",", "\n", "\r", "\r\n", "\n\n", "data:", "data: ", "data: [DONE]\n\n", "event: error\n",
            "null", "true", "-", "1e999",
            "99999999999999999999999999", "-0", "0.1e-400", "\\ud800", "\\udfff\\ud83d", "\\u0000", "\"index\":0,", "\"index\":-1,",
            "\"choices\":[],", "\"model\":null,",
            "\"content\":5,", "\"logprobs\":{},", "\"type\":\"x\",", "\"usage\":{\"prompt_tokens\":1e3},", "{}", "[[[[",
            "//", "\t", "\"delta\":{}",
        }.Select(Encoding.UTF8.GetBytes),
        Encoding.UTF8.GetBytes(new string('[', 100)), Encoding.UTF8.GetBytes(new string('A', 6_000)),
    ];

    private SplitMix64 _random = new(seed);

    /// <summary>A whole number in [0, bound).</summary>
    public int Below(int bound) => bound <= 0 ? 0 : _random.NextInt(bound);

    /// <summary>One input, made of one of the corpus.</summary>
    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        var bytes = new List<byte>(corpus[Below(corpus.Count)]);
        if (Below(32) == 0)
        {
            bytes = [.. Enumerable.Range(0, Below(300)).Select(_ => (byte)Below(256))];
        }

        for (var left = Below(6); left > 0; left--)
        {
            Mutate(bytes, corpus);
        }

        return [.. bytes];
    }

    /// <summary>Places to cut an input at, in order.</summary>
    public int[] Cuts(int length)
    {
        var cuts = new int[Below(6)];
        for (var i = 0; i < cuts.Length; i++)
        {
            cuts[i] = Below(length + 1);
        }

        Array.Sort(cuts);
        return cuts;
    }

    private void Mutate(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        var at = Below(bytes.Count + 1);
        switch (Below(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)Below(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << Below(8));
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(Below(40), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(Below(80), bytes.Count - at)));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                var other = corpus[Below(corpus.Count)];
                var from = Below(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(Below(120), other.Length - from)).ToArray());
                break;
            default:
                bytes.InsertRange(at, Nasty[Below(Nasty.Length)]);
                break;
        }
    }
}
