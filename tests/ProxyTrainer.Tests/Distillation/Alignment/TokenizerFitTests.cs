using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Tests.Tokenization;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Tests.Distillation.Alignment;

/// <summary>Logs made with one tokenizer, compared with several.</summary>
public class TokenizerFitTests
{
    private static readonly ByteLevelBpe Small = BpeTrainer.Train([Texts.English], new BpeOptions { VocabularySize = 280 });
    private static readonly ByteLevelBpe Large = BpeTrainer.Train([Texts.English, Texts.Random(1)], new BpeOptions { VocabularySize = 420 });
    private static readonly string[] Said =
    [
        "The quick brown fox jumped over 1234567 lazy dogs, didn't it?", "Antidisestablishmentarianism isn't what it was.\n\nNor is 2048x1024.",
        "def main():\n    print(\"Hello, world!\")", "L'été dernier, nous avons mangé des crêpes à Besançon.",
        .. Enumerable.Range(0, 6).Select(seed => Texts.Random(seed, pieces: 25)),
    ];

    [Fact]
    public void Of_LogOfTheSameTokenizer_EveryAnswerOfAnotherNone()
    {
        Assert.Equal(new TokenizerFit("own", Said.Length, Said.Length), TokenizerFit.Of("own", Small, Log(Small)));
        var other = TokenizerFit.Of("other", Large, Log(Small));
        Assert.True(other is { Answers: > 0, Share: < TokenizerFit.Enough, Fits: false }, $"{other}");
    }

    [Fact]
    public void Of_AnswersEndListedOrNoTokensLogged_CountOnlyWhatHasTokens()
    {
        var ended = Log(Small).Select(answer => Read(answer.Response, [.. Logged(Small, answer.Response), new TokenLogprob("<|end|>", -.1, [])]));
        Assert.Equal(1, TokenizerFit.Of("own", Small, ended).Share);
        Assert.Equal(new TokenizerFit("own", 1, 1), TokenizerFit.Of("own", Small, [new LoggedResponse("a", "b"), .. Log(Small).Take(1)]));
        Assert.Equal(0, TokenizerFit.Of("own", Small, [new LoggedResponse("a", "b")]).Share);
        Assert.Empty(TokenizerFit.OfPublic([new LoggedResponse("a", "b")]));
    }

    [Fact]
    public void Rank_LogOfEachPublicTokenizer_ItIsFirst()
    {
        var tokenizers = PublicTokenizer.Names.Select(name => (Name: name, Tokenizer: (ITokenizer)PublicTokenizer.Open(name))).ToArray();
        foreach (var (name, tokenizer) in tokenizers)
        {
            var ranked = TokenizerFit.Rank(Log(tokenizer), tokenizers);
            Assert.Equal(PublicTokenizer.Names.Order(), ranked.Select(fit => fit.Name).Order());
            Assert.Equal((name, 1.0), (ranked[0].Name, ranked[0].Share));
            Assert.True(ranked[1].Share < 1, $"{ranked[1].Name} passes for {name}");
        }

        Assert.DoesNotContain(TokenizerFit.Rank(Log(Small), tokenizers), fit => fit.Fits);
    }

    private static LoggedResponse[] Log(ITokenizer tokenizer) => [.. Said.Select(text => Read(text, Logged(tokenizer, text)))];

    private static TokenLogprob[] Logged(ITokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text).Select(id => new TokenLogprob(tokenizer.Decode([id]), -1, []) { Bytes = [.. tokenizer.DecodeBytes([id]).Select(value => (int)value)] })];

    private static LoggedResponse Read(string text, TokenLogprob[] logged)
    {
        Assert.True(UpstreamTokens.TryRead(text, logged, out var tokens, out var fault), fault);
        return new LoggedResponse("Say: ", text, tokens.Logprob) { Tokens = tokens };
    }
}
