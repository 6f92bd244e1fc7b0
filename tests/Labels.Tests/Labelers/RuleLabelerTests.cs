using Tda.Labels.Labelers;
using Tda.TestKit;

namespace Tda.Labels.Tests.Labelers;

public sealed class RuleLabelerTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("FREE  money here", .6, 0)]
    [InlineData("free money, $50 OFF", 1 - (.4 * .5), 0)]
    [InlineData("a winner: $5 off", 1 - (.4 * .5), 0)]
    [InlineData("freemoney and Bomb", 0, 1)]
    [InlineData("a bomb", 0, 0)] // case counts
    [InlineData("", 0, 0)]
    public async Task LabelAsync_Rules_AddUpAsIndependentSigns(string text, double advertising, double threat)
    {
        var labeler = RuleLabeler.Read(_folder.Write("rules.yaml", """
            labels:
              advertising:
                - words: [free money, winner]
                  weight: .6
                - pattern: '\$\d+ off'
                  weight: .5
              threat:
                - words: [Bomb]
                  case: true
            """));

        var result = await labeler.LabelAsync(new[] { new LabelInput(0, "", text) }.ToAsyncEnumerable(), TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken);

        Assert.Equal(advertising, result.Values["advertising"], 1e-6);
        Assert.Equal(threat, result.Values["threat"], 1e-6);
        Assert.StartsWith("rules rules.yaml (", labeler.Name, StringComparison.Ordinal);
    }

    /// <summary>A pattern that would take a backtracking engine longer than anybody lives.</summary>
    [Fact]
    public async Task LabelAsync_PatternThatBacktracks_TakesTimeInProportion()
    {
        var labeler = RuleLabeler.Read(_folder.Write("rules.yaml", "labels:\n  x:\n    - pattern: '(a+)+b'\n"));

        var result = await labeler.LabelAsync(new[] { new LabelInput(0, "", new string('a', 5_000)) }.ToAsyncEnumerable(), TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, result.Values["x"]);
    }

    [Fact]
    public void Read_ManyFaults_NamesAllWithTheirLines()
    {
        var error = Assert.Throws<BadInputException>(() => RuleLabeler.Read(_folder.Write("rules.yaml", """
            labels:
              a b:
                - words: [x]
              good:
                - words: []
                - pattern: '('
                - pattern: '(?=look)'
                - weight: 3
                  words: [y]
                - wrods: [z]
                - words: [u]
                  pattern: v
                - {}
            extra: 1
            """)));

        foreach (var line in (int[])[2, 5, 6, 7, 8, 10, 11, 13, 14])
        {
            Assert.Contains($"line {line}: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("labels: [", "isn't YAML")]
    [InlineData("[1]", "isn't one YAML mapping")]
    [InlineData("labels: {}", "there is no label")]
    [InlineData("labels: 3", "must be a mapping")]
    public void Read_NoRules_SaysWhat(string yaml, string said) =>
        Assert.Contains(said, Assert.Throws<BadInputException>(() => RuleLabeler.Read(_folder.Write("rules.yaml", yaml))).Message, StringComparison.Ordinal);
}
