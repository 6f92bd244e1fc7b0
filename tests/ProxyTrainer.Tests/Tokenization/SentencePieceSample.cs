using System.Buffers.Binary;

namespace Tda.ProxyTrainer.Tests.Tokenization;

/// <summary>A small SentencePiece BPE model with byte fallback, made here: pieces, scores and the protobuf message.</summary>
internal sealed class SentencePieceSample
{
    public const int Control = 3;
    public const int UserDefined = 4;
    public const int Byte = 6;
    private const char Space = '\u2581';

    /// <summary>The pieces by id, with score and type.</summary>
    public List<(string Text, float Score, int Type)> Pieces { get; } = [("<unk>", 0, 2), ("<s>", 0, Control), ("</s>", 0, Control)];

    public int ModelType { get; set; } = 2;

    public bool ByteFallback { get; set; } = true;

    public byte[] CharacterMap { get; set; } = [];

    public bool Prefix { get; set; } = true;

    public bool RemovesSpaces { get; set; }

    /// <summary>Bytes, then merged pieces, the most frequent pair first, then characters, as SentencePiece's trainer orders them.</summary>
    public static SentencePieceSample Train(string text, int merges)
    {
        var sample = new SentencePieceSample();
        sample.Pieces.AddRange(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f, Byte)));
        List<List<string>> words =
        [
            .. text.Split(' ').Select(word => $"{Space}{word}".EnumerateRunes().Select(rune => rune.ToString()).ToList()),
        ];
        var characters = words.SelectMany(word => word).Distinct().Order(StringComparer.Ordinal).ToList();
        var made = new HashSet<string>(characters, StringComparer.Ordinal);
        var score = 0f;
        for (var i = 0; i < merges; i++)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1))).CountBy(pair => pair)
                .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key.First + pair.Key.Second, StringComparer.Ordinal).First().Key;
            foreach (var word in words)
            {
                for (var at = 0; at + 1 < word.Count; at++)
                {
                    if ((word[at], word[at + 1]) == best)
                    {
                        word[at] += word[at + 1];
                        word.RemoveAt(at + 1);
                    }
                }
            }

            if (made.Add(best.First + best.Second))
            {
                sample.Pieces.Add((best.First + best.Second, score--, 1));
            }
        }

        // Runs of spaces are pieces too, which no word has.
        sample.Pieces.AddRange([($"{Space}{Space}", score--, 1), ($"{Space}{Space}{Space}{Space}", score--, 1)]);
        sample.Pieces.AddRange(characters.Select(character => (character, score--, 1)));
        return sample;
    }

    /// <summary>The message ModelProto.</summary>
    public byte[] ToBytes()
    {
        var model = new List<byte>();
        foreach (var (text, score, type) in Pieces)
        {
            var piece = new List<byte>();
            AddBytes(piece, 1, Encoding.UTF8.GetBytes(text));
            AddVarint(piece, (2 << 3) | 5);
            var number = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, score);
            piece.AddRange(number);
            AddNumber(piece, 3, (ulong)type);
            AddBytes(model, 1, [.. piece]);
        }

        var trainer = new List<byte>();
        AddNumber(trainer, 3, (ulong)ModelType);
        AddNumber(trainer, 35, ByteFallback ? 1UL : 0);
        AddNumber(trainer, 40, 0);
        AddNumber(trainer, 41, 1);
        AddNumber(trainer, 42, 2);
        AddNumber(trainer, 43, unchecked((ulong)-1L));
        AddBytes(model, 2, [.. trainer]);

        var normalizer = new List<byte>();
        AddBytes(normalizer, 1, Encoding.UTF8.GetBytes("identity"));
        AddBytes(normalizer, 2, CharacterMap);
        AddNumber(normalizer, 3, Prefix ? 1UL : 0);
        AddNumber(normalizer, 4, RemovesSpaces ? 1UL : 0);
        AddNumber(normalizer, 5, 1);
        AddBytes(model, 3, [.. normalizer]);
        return [.. model];
    }

    /// <summary>
    /// SentencePiece's algorithm as it is told: characters; of all neighbours whose joint text is a piece the one of the highest score, the
    /// leftmost of equals, becomes it, until there is none; what is no piece becomes its bytes.
    /// </summary>
    public List<int> Encode(string text, bool rightmostOfEquals = false)
    {
        var normal = Pieces.Select((piece, id) => (piece, id)).Where(place => place.piece.Type == 1)
            .ToDictionary(place => place.piece.Text, place => (place.id, place.piece.Score), StringComparer.Ordinal);
        var written = text.Length == 0 ? "" : (Prefix ? $"{Space}" : "") + text.Replace(' ', Space);
        List<string> symbols = [.. written.EnumerateRunes().Select(rune => rune.ToString())];
        while (true)
        {
            var (best, score) = (-1, float.NegativeInfinity);
            for (var at = 0; at + 1 < symbols.Count; at++)
            {
                if (normal.TryGetValue(symbols[at] + symbols[at + 1], out var piece)
                    && (rightmostOfEquals ? piece.Score >= score : piece.Score > score))
                {
                    (best, score) = (at, piece.Score);
                }
            }

            if (best < 0)
            {
                break;
            }

            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }

        return
        [
            .. symbols.SelectMany(symbol => normal.TryGetValue(symbol, out var piece)
                ? [piece.id]
                : Encoding.UTF8.GetBytes(symbol).Select(b => Pieces.FindIndex(one => one.Type == Byte && one.Text == $"<0x{b:X2}>"))),
        ];
    }

    private static void AddNumber(List<byte> message, int field, ulong value)
    {
        AddVarint(message, (ulong)field << 3);
        AddVarint(message, value);
    }

    private static void AddBytes(List<byte> message, int field, byte[] bytes)
    {
        AddVarint(message, ((ulong)field << 3) | 2);
        AddVarint(message, (ulong)bytes.Length);
        message.AddRange(bytes);
    }

    private static void AddVarint(List<byte> message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.Add((byte)(value | 0x80));
        }

        message.Add((byte)value);
    }
}
