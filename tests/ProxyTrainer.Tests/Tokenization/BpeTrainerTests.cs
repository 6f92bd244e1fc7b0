using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Tests.Tokenization;

public sealed class BpeTrainerTests
{
    [Fact]
    public void Train_AgainstRecounting_GivesSameMerges()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            // Few letters, so that pairs overlap (aaa, abab) and the incremental counts are put to the test.
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, 600).Select(_ => " aabbc"[random.Next(6)]));
            var tokenizer = BpeTrainer.Train([text], new BpeOptions { VocabularySize = 320 });
            Assert.Equal(SlowTokens(text, 320), Enumerable.Range(259, tokenizer.VocabularySize - 259).Select(tokenizer.Token));
        }
    }

    [Fact]
    public void Train_TextsInAnotherOrder_GivesSameHash()
    {
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => Texts.Random(i))];
        var options = new BpeOptions { VocabularySize = 400 };
        Assert.Equal(BpeTrainer.Train(texts, options).Hash, BpeTrainer.Train(texts.Reverse(), options).Hash);
    }

    [Fact]
    public void Train_VocabularyTooSmall_Throws() =>
        Assert.Throws<UsageException>(() => BpeTrainer.Train(["a"], new BpeOptions { VocabularySize = 100 }));

    /// <summary>Counts all pairs anew before each merge.</summary>
    private static List<string> SlowTokens(string text, int vocabularySize)
    {
        var words = new List<int[]>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = PreTokenizer.NextEnd(text, start);
            words.Add([.. Encoding.UTF8.GetBytes(text[start..end]).Select(b => b + 3)]);
        }

        var tokens = Enumerable.Range(0, 259).Select(i => i < 3 ? "" : ByteAlphabet.CharacterOf((byte)(i - 3)).ToString()).ToList();
        while (tokens.Count < vocabularySize)
        {
            var best = words.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p)
                .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.First).ThenBy(g => g.Key.Second).First();
            if (best.Count() < 2)
            {
                break;
            }

            for (var w = 0; w < words.Count; w++)
            {
                List<int> word = [.. words[w]];
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best.Key)
                    {
                        word[i] = tokens.Count;
                        word.RemoveAt(i + 1);
                    }
                }

                words[w] = [.. word];
            }

            tokens.Add(tokens[best.Key.First] + tokens[best.Key.Second]);
        }

        return tokens[259..];
    }
}
