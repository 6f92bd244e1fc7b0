namespace Tda.TestKit;

/// <summary>
/// The simplest real tokenizer: a token is a run of <paramref name="width"/> UTF-8 bytes, whatever characters they belong
/// to. Ids are those of the byte when the width is 1, and otherwise of the run in the order of
/// first sight, so one instance must see all text before ids are compared.
/// </summary>
public sealed class ByteTokenizer(int width = 1) : ITokenizer
{
    private const int Specials = 3;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<byte[]> _runs = [];

    public string Hash => Hashing.Sha256(Encoding.ASCII.GetBytes($"bytes-{width}"))[..16];

    public int VocabularySize => Specials + (width == 1 ? 256 : _runs.Count);

    public int BosId => 0;

    public int EosId => 1;

    public int PadId => 2;

    public int[] Encode(string text) => [.. EncodeWithSpans(text).Select(span => span.Id)];

    public TokenSpan[] EncodeWithSpans(string text)
    {
        var bytes = new List<byte>();
        var characters = new List<(int Start, int End)>();
        Span<byte> buffer = stackalloc byte[4];
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(buffer);
            for (var i = 0; i < length; i++)
            {
                bytes.Add(buffer[i]);
                characters.Add((at, at + rune.Utf16SequenceLength));
            }

            at += rune.Utf16SequenceLength;
        }

        var tokens = new List<TokenSpan>();
        for (var start = 0; start < bytes.Count; start += width)
        {
            var end = Math.Min(start + width, bytes.Count);
            tokens.Add(new TokenSpan(Id([.. bytes[start..end]]), characters[start].Start, characters[end - 1].End));
        }

        return [.. tokens];
    }

    public string Decode(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(DecodeBytes(ids));

    public byte[] DecodeBytes(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (id < Specials)
            {
                continue;
            }

            if (width == 1)
            {
                bytes.Add((byte)(id - Specials));
            }
            else
            {
                bytes.AddRange(_runs[id - Specials]);
            }
        }

        return [.. bytes];
    }

    private int Id(byte[] run)
    {
        if (width == 1)
        {
            return Specials + run[0];
        }

        var key = Convert.ToHexString(run);
        if (!_ids.TryGetValue(key, out var id))
        {
            _ids[key] = id = Specials + _runs.Count;
            _runs.Add(run);
        }

        return id;
    }
}
