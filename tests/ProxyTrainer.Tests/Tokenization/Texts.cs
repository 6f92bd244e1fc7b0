namespace Tda.ProxyTrainer.Tests.Tokenization;

/// <summary>Seeded texts for the tokenizer's tests.</summary>
internal static class Texts
{
    private static readonly string[] Pieces =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2003", "\u3000", "'s", "'re", "'", "I'll", " don't", "free", " money", " Viagra", "the", " the", "=====", "...!?",
        "42", " 1999", "½", "é", "ß", "日本語", "語", "𝒜𝒷", "🙂", "👩‍👩‍👧", "e\u0301", "\0", "\u0085", "\uFFFD", "ﬁ", "क्षि", "𐍈", "<|eos|>", "ﷺ", "\u200b",
    ];

    public const string English =
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness. " +
        "The quick brown fox doesn't jump over the lazy dog; the dog's 12 friends won't either!  They've all gone home.\n\n";

    public static string Random(int seed, int pieces = 60)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < pieces; i++)
        {
            switch (random.Next(6))
            {
                case 0:
                    var value = random.Next(0x110000);
                    text.Append(Rune.IsValid(value) ? new Rune(value).ToString() : "?");
                    break;
                case 1:
                    text.Append((char)random.Next(32, 127));
                    break;
                default:
                    text.Append(Pieces[random.Next(Pieces.Length)]);
                    break;
            }
        }

        return text.ToString();
    }
}
