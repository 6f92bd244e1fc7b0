namespace Tda.Lab.Tests.Support;

/// <summary>One token a byte, then BOS, EOS, PAD, then longer tokens of the test's choice (the longest match wins).</summary>
internal sealed class PieceTokenizer(params string[] longer) : ITokenizer
{
    private readonly byte[][] _extra = longer.Select(Encoding.UTF8.GetBytes).ToArray();

    public string Hash => "bytes" + string.Concat(longer.Select(l => l.Length));

    public int VocabularySize => 259 + _extra.Length;

    public int BosId => 256;

    public int EosId => 257;

    public int PadId => 258;

    public int[] Encode(string text) => EncodeBytes(Encoding.UTF8.GetBytes(text));

    public int[] EncodeBytes(byte[] bytes)
    {
        var ids = new List<int>();
        for (var at = 0; at < bytes.Length;)
        {
            var best = -1;
            for (var i = 0; i < _extra.Length; i++)
            {
                if (bytes.AsSpan(at).StartsWith(_extra[i]) && (best < 0 || _extra[i].Length > _extra[best].Length))
                {
                    best = i;
                }
            }

            ids.Add(best < 0 ? bytes[at] : 259 + best);
            at += best < 0 ? 1 : _extra[best].Length;
        }

        return ids.ToArray();
    }

    public TokenSpan[] EncodeWithSpans(string text)
    {
        var at = 0;
        return Encode(text).Select(id => new TokenSpan(id, at, at += DecodeBytes([id]).Length)).ToArray(); // ASCII only
    }

    public string Decode(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(DecodeBytes(ids));

    public byte[] DecodeBytes(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (id < 256)
            {
                bytes.Add((byte)id);
            }
            else if (id >= 259)
            {
                bytes.AddRange(_extra[id - 259]);
            }
        }

        return bytes.ToArray();
    }
}
