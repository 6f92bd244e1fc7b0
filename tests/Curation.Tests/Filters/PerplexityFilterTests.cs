using Tda.Curation.Filters;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Filters;

public sealed class PerplexityFilterTests : IDisposable
{
    // Of perplexity 1, e, e², … e⁹.
    private static readonly Document[] Documents = [.. Enumerable.Range(0, 10).Select(i => new Document($"d{i}", "s", new string('x', i)))];

    private readonly TempDirectory _folder = new();

    [Theory]
    [InlineData("max: 150", "d6:too_unlikely d7:too_unlikely d8:too_unlikely d9:too_unlikely")]
    [InlineData("min: 2.8, max: 5000", "d0:too_likely d1:too_likely d9:too_unlikely")]
    [InlineData("min_percentile: 10, max_percentile: 80", "d0:too_likely d8:too_unlikely d9:too_unlikely")]
    [InlineData("min_percentile: 10, min: 2.8", "d0:too_likely d1:too_likely")]
    public void Decide_Bounds_DropWhatIsOutside(string bounds, string expected) => Assert.Equal(
        expected, string.Join(' ', Judging.Decide(Stage(bounds), Documents).Select(decision => $"{decision.Id}:{decision.Reason}")));

    [Fact]
    public void Decide_Decision_TellsPerplexities()
    {
        var decision = Judging.Decide(Stage("max: 150"), Documents)[0];

        Assert.Equal(Math.Exp(6), decision.Value!.Value, 1e-3);
        Assert.Equal(150, decision.Threshold!.Value, 1e-9);
        Assert.Equal("xxxxxx", decision.Evidence);
    }

    [Fact]
    public void Inputs_Surrogate_IsNamedWithItsHash() => Assert.Equal("hash of s1", Stage("max: 5").Inputs["surrogates/s1"]);

    [Theory]
    [InlineData("perplexity: { surrogate: s1 }", "max: give a bound")]
    [InlineData("perplexity: { max: 5 }", "surrogate is missing")]
    [InlineData("perplexity: { surrogate: s1, max: 5 }", "surrogate: no surrogate can be opened here")]
    [InlineData("perplexity: { surrogate: s1, min: 6, max: 5 }", "max: it is below min, 6")]
    public void Stage_WrongOptions_AreRefused(string yaml, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Judging.Stage(yaml)).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private ICurationStage Stage(string bounds) =>
        Judging.Stage($"perplexity: {{ surrogate: s1, {bounds} }}", _folder.Path, new StageServices { OpenSurrogate = name => new ByLength(name) });

    /// <summary>A nat for each character.</summary>
    private sealed class ByLength(string name) : ITextPerplexity
    {
        public string Hash => $"hash of {name}";

        public IEnumerable<double> NatsPerToken(IEnumerable<string> texts, CancellationToken cancellation) => texts.Select(text => (double)text.Length);

        public void Dispose()
        {
        }
    }
}
