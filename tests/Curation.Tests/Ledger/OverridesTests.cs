using Tda.Curation.Ledger;
using Tda.TestKit;

namespace Tda.Curation.Tests.Ledger;

public class OverridesTests
{
    [Theory]
    [InlineData("""{"id":"a","decision":"weight","reviewer":"x"}""", "weight")]
    [InlineData("""{"id":"a","decision":"weight","reviewer":"x","weight":-1}""", "weight")]
    [InlineData("""{"id":"a","decision":"mask","reviewer":"x","tokens":[1]}""", "spans")]
    [InlineData("""{"id":"a","decision":"keep","reviewer":""}""", "reviewer")]
    [InlineData("""{"id":"a","decision":"burn","reviewer":"x"}""", "line 1")]
    [InlineData("{\"id\":\"a\",\"decision\":\"keep\",\"reviewer\":\"x\"}\n{\"id\":\"a\",\"decision\":\"drop\",\"reviewer\":\"y\"}", "twice")]
    public void Read_BadLine_SaysWhatIsWrong(string text, string expected)
    {
        using var directory = new TempDirectory();
        var error = Assert.Throws<BadInputException>(() => Overrides.Read(directory.Write("o.jsonl", text)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Read_SameOverrides()
    {
        using var directory = new TempDirectory();
        var written = new ReviewerOverride("a", OverrideDecision.Weight, "alice") { Weight = .5, Reason = "R1" };
        JsonLines.Write(directory["o.jsonl"], [written]);
        Assert.Equal(written, Overrides.Read(directory["o.jsonl"])["a"]);
    }
}
