using FsCheck.Fluent;
using Tda.TestKit;

namespace Tda.Core.Tests.Exchanges;

public class ExchangeSplitTests
{
    [Theory]
    [InlineData("")]
    [InlineData("What is the capital of France?")]
    [InlineData("Grüße? 👋")]
    public void Place_OfAPrompt_IsTheHashOfItsNormalForm(string prompt)
    {
        // Computed the long way, as a reader of the definition would.
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(prompt));
        double expected = 0;
        for (var i = 6; i >= 0; i--)
        {
            expected = (expected + (i == 6 ? hash[i] >> 3 << 3 : hash[i])) / 256;
        }

        Assert.Equal(expected, ExchangeSplit.Place(prompt), 1e-15);
    }

    [Fact]
    public void Place_KnownPrompt_IsThatOfEveryMachine() =>
        // printf 'a prompt' | sha256sum, first 53 bits over 2^53
        Assert.Equal(0xa983, (int)(ExchangeSplit.Place("a prompt") * 65536));

    [Theory]
    [InlineData("two words", "two  words")]
    [InlineData("two words", "  two\r\nwords\n")]
    [InlineData("two words", "two\u00a0\twords")]
    [InlineData("", " \n ")]
    public void Place_PromptsThatDifferInWhiteSpace_AreOnOneSide(string a, string b) => Assert.Equal(ExchangeSplit.Place(a), ExchangeSplit.Place(b));

    [Theory]
    [InlineData("word", "Word")]
    [InlineData("two words", "twowords")]
    public void Place_OtherPrompts_HaveOtherPlaces(string a, string b) => Assert.NotEqual(ExchangeSplit.Place(a), ExchangeSplit.Place(b));

    [Fact]
    public void IsHeldOut_ManyPrompts_TheShareIsHeldOut()
    {
        var held = Enumerable.Range(0, 5_000).Count(i => ExchangeSplit.IsHeldOut($"prompt {i}", 0.2));

        Assert.InRange(held, 900, 1_100);
    }

    [Fact]
    public void IsHeldOut_AnyPrompt_StableAndGrowingWithTheShare() => Property.Holds(
        from prompt in ArbMap.Default.GeneratorFor<string?>()
        from tenths in Gen.Choose(0, 10)
        select (Prompt: prompt ?? "", Share: tenths / 10.0),
        given =>
        {
            var held = ExchangeSplit.IsHeldOut(given.Prompt, given.Share);
            Assert.Equal(held, ExchangeSplit.IsHeldOut(new string(given.Prompt.AsSpan()) + "\n", given.Share));
            Assert.True(!held || ExchangeSplit.IsHeldOut(given.Prompt, Math.Min(1, given.Share + 0.1)));
            Assert.False(ExchangeSplit.IsHeldOut(given.Prompt, 0));
            Assert.True(ExchangeSplit.IsHeldOut(given.Prompt, 1));
        });
}
