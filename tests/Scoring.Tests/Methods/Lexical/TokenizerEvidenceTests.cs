using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class TokenizerEvidenceTests
{
    private const int Own = 384;
    private static readonly string[] Documents = [.. Enumerable.Range(0, 60).Select(seed => Words(seed, 60))];
    private static readonly LoggedResponse[] Answers = [.. Enumerable.Range(0, 12).Select(i => new LoggedResponse(Words(900 + i, 4), Words(950 + i, 9)))];

    [Fact]
    public void Of_OneTokenizer_IsTheBestOfNaiveBigrams()
    {
        var tokenizer = Trained(300);
        int[][] texts = [.. Documents.Select(text => (int[])[tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId])];
        var asked = Answers.Select(answer => (
            Tokens: (int[])[tokenizer.BosId, .. tokenizer.Encode(answer.Prompt), .. tokenizer.Encode(answer.Response)],
            First: 1 + tokenizer.Encode(answer.Prompt).Length)).ToArray();
        var expected = new[] { 1.0, 3, 10, 30, 100, 300 }.Min(strength => -asked.Sum(query => new NaiveNgrams(2, strength, texts).LogProbability(texts, query.Tokens, query.First)));

        var evidence = TokenizerEvidence.Of("three hundred", tokenizer, Documents, Answers, default);

        Assert.Equal(expected, evidence.Nats, 1e-9 * expected);
        Assert.Equal(asked.Sum(query => query.Tokens.Length - query.First), evidence.Tokens);
        Assert.Equal(texts.Sum(text => text.Length - 1), evidence.DocumentTokens);
        Assert.Equal(("three hundred", 300), (evidence.Name, evidence.VocabularySize));
    }

    /// <summary>A closed model that is a bigram model of its own tokens; nothing but what it wrote is known.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void OfSizes_AnswersOfABigramModel_FindItsVocabulary(int seed)
    {
        var tokenizer = Trained(Own);
        var following = new Dictionary<int, List<int>>();
        foreach (var text in Documents)
        {
            int[] tokens = [tokenizer.BosId, .. tokenizer.Encode(text)];
            for (var at = 1; at < tokens.Length; at++)
            {
                (following.TryGetValue(tokens[at - 1], out var list) ? list : following[tokens[at - 1]] = []).Add(tokens[at]);
            }
        }

        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        LoggedResponse[] written = [.. Enumerable.Range(0, 40).Select(_ =>
        {
            var (tokens, last) = (new List<int>(), tokenizer.BosId);
            while (tokens.Count < 30 && following.TryGetValue(last, out var next))
            {
                tokens.Add(last = next[random.NextInt(next.Count)]);
            }

            return new LoggedResponse("", tokenizer.Decode([.. tokens]));
        })];

        var found = TokenizerEvidence.OfSizes(Documents, written, [320, Own, 448, 512], NullProgress.Instance, default);

        Assert.Equal(4, found.Count);
        Assert.Equal(Own, found[0].VocabularySize);
        Assert.Equal(found.Select(one => one.Nats).Order(), found.Select(one => one.Nats));
    }

    [Fact]
    public void OfSizes_MorePairsThanTheTextsHave_LeavesLargerVocabulariesOut()
    {
        var found = TokenizerEvidence.OfSizes(["a short text", "and another"], Answers, TokenizerEvidence.Sizes, NullProgress.Instance, default);

        Assert.DoesNotContain(found, one => one.VocabularySize > 320);
        Assert.Empty(TokenizerEvidence.OfSizes(Documents, [], TokenizerEvidence.Sizes, NullProgress.Instance, default));
    }

    private static ByteLevelBpe Trained(int size) => BpeTrainer.Train(Documents, new BpeOptions { VocabularySize = size });

    // Words of two to four syllables; a few are much more frequent than the others.
    private static string Words(int seed, int count)
    {
        string[] syllables = ["ka", "lo", "mi", "ren", "sta", "to", "vi", "zu", "pel", "dra"];
        var random = new SplitMix64(SplitMix64.SequenceSeed(77, seed));
        return string.Join(' ', Enumerable.Range(0, count).Select(_ =>
        {
            var word = new SplitMix64(SplitMix64.SequenceSeed(78, random.NextInt(1 + random.NextInt(400))));
            return string.Concat(Enumerable.Range(0, 2 + word.NextInt(3)).Select(_ => syllables[word.NextInt(syllables.Length)]));
        }));
    }
}
