using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Alignment;

namespace Tda.ProxyTrainer.Tests.Distillation.Alignment;

public class UpstreamTokensTests
{
    [Fact]
    public void TryRead_TokensThatSplitACharacter_AreReadByTheirBytes()
    {
        // "é" is c3 a9. OpenAI's chats give bytes, its completions write them.
        TokenLogprob[] chat = [Token("a", -.1), Token("bytes:?", -.2, [0xC3]), Token("?", -.3, [0xA9])];
        TokenLogprob[] completion = [Token("a", -.1), Token("bytes:\\xc3", -.2), Token("bytes:\\xa9", -.3)];
        foreach (var logged in new[] { chat, completion })
        {
            var read = Read("aé", logged);
            Assert.Equal(["a", "\u00c3", "\u00a9"], read.Tokens.Select(token => token.Text));
            Assert.Equal(-.6, read.Logprob!.Value, 12);
        }
    }

    [Fact]
    public void TryRead_ATokenBehindTheText_IsTheAnswersEnd() =>
        Assert.Equal(["Hi", ""], Read("Hi", Token("Hi", -.1), Token("<|im_end|>", -.2)).Tokens.Select(token => token.Text));

    [Fact]
    public void TryRead_LastTokenCutByAStopSequence_HasNoProbability()
    {
        var read = Read("Hi", Token("H", -.1), Token("i\n\n", -.2));
        Assert.Equal(("i", null), (read.Tokens[1].Text, read.Tokens[1].Logprob));
        Assert.Null(read.Logprob);
    }

    [Fact]
    public void TryRead_SameTextTwice_IsOneOutcome()
    {
        var token = Read("Hi", new TokenLogprob("Hi", Math.Log(.4), [new("Hi", Math.Log(.4)), new("Ho", Math.Log(.2)), new("Ho", Math.Log(.1))])).Tokens[0];
        var probabilities = token.Probabilities();
        Assert.Equal(["Hi", "Ho"], probabilities.Keys);
        Assert.Equal(.4, probabilities["Hi"], 6);
        Assert.Equal(.3, probabilities["Ho"], 6);
    }

    [Fact]
    public void TryRead_ListThatDoesNotFit_SaysWhatAndWhere()
    {
        Assert.Equal("the tokens end after 2 bytes, the text after 5", Fault("Hi yo", Token("Hi", -.1)));
        Assert.Equal("2 tokens come after the end of the text", Fault("Hi", Token("Hi", -.1), Token(" yo", -.1), Token("!", -.1)));
        Assert.Equal("token 2 isn't what the text has at byte 2", Fault("Hi yo", Token("Hi", -.1), Token(" ya", -.1)));
        Assert.Equal("token 1 has the log-probability 0.5", Fault("Hi", Token("Hi", .5)));
        Assert.Equal("token 1 has bytes that are none", Fault("Hi", Token("Hi", -.1, [300])));
        Assert.Equal("the tokens end after 0 bytes, the text after 2", Fault("Hi"));
        Assert.Equal(
            "token 1 has probabilities that add up to 1.2",
            Fault("Hi", new TokenLogprob("Hi", Math.Log(.6), [new("Hi", Math.Log(.6)), new("Ho", Math.Log(.6))])));

        // What rounding of logarithms brings about is no fault.
        Read("Hi", new TokenLogprob("Hi", Math.Log(.6), [new("Hi", Math.Log(.6)), new("Ho", Math.Log(.405))]));
    }

    [Fact]
    public void Of_ExchangeWithBrokenList_KeepsTheAnswerAndSaysWhy()
    {
        var exchange = new Exchange
        {
            Id = "x",
            Route = "/v1/completions",
            Method = "POST",
            Path = "/v1/completions",
            StartedAt = DateTimeOffset.UnixEpoch,
            State = TerminalState.Complete,
            Prompt = "Say",
            Response = "Hi yo",
            Logprobs = [Token("Hi", -.1)],
        };
        var answer = LoggedResponse.Of(exchange);
        Assert.Equal(("Hi yo", null, null), (answer.Response, answer.Tokens, answer.Logprob));
        Assert.Contains("end after 2 bytes", answer.LogprobFault);
        var whole = LoggedResponse.Of(exchange with { Response = "Hi" });
        Assert.Equal(-.1, whole.Logprob!.Value, 12);
        Assert.NotEqual(LoggedResponse.Hash([whole]), LoggedResponse.Hash([LoggedResponse.Of(exchange with { Response = "Hi", Logprobs = [Token("Hi", -.2)] })]));
        Assert.Equal(LoggedResponse.Hash([whole]), LoggedResponse.Hash([LoggedResponse.Of(exchange with { Response = "Hi", Id = "y" })]));
    }

    private static TokenLogprob Token(string text, double logprob, int[]? bytes = null) => new(text, logprob, []) { Bytes = bytes };

    private static UpstreamTokens Read(string text, params TokenLogprob[] logged)
    {
        Assert.True(UpstreamTokens.TryRead(text, logged, out var tokens, out var fault), fault);
        return tokens;
    }

    private static string Fault(string text, params TokenLogprob[] logged)
    {
        Assert.False(UpstreamTokens.TryRead(text, logged, out _, out var fault));
        return fault;
    }
}
