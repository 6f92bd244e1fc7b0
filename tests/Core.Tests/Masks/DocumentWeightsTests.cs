using Tda.Core.Masks;
using Tda.TestKit;

namespace Tda.Core.Tests.Masks;

public sealed class DocumentWeightsTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_ThenRead_RoundTrips()
    {
        var weights = new Dictionary<string, double> { ["a"] = 0, ["b"] = 0.1, ["c"] = 3 };
        DocumentWeights.Write(_temp["w.jsonl"], weights);
        Assert.Equal(weights, DocumentWeights.Read(_temp["w.jsonl"]));
    }

    [Theory]
    [InlineData("""{"id":"a","weight":-1}""")]
    [InlineData("""{"id":"a","weight":1e999}""")]
    [InlineData("""{"id":"a"}""")]
    [InlineData("{\"id\":\"a\",\"weight\":1}\n{\"id\":\"a\",\"weight\":1}")]
    public void Read_WeightThatIsNone_IsBadInput(string content) =>
        Assert.Throws<BadInputException>(() => DocumentWeights.Read(_temp.Write("w.jsonl", content)));

    [Fact]
    public void Write_NotANumber_LeavesThePreviousFile()
    {
        DocumentWeights.Write(_temp["w.jsonl"], new Dictionary<string, double> { ["a"] = 1 });
        Assert.Throws<ArgumentException>(() => DocumentWeights.Write(_temp["w.jsonl"], new Dictionary<string, double> { ["a"] = double.NaN }));
        Assert.Equal(1, DocumentWeights.Read(_temp["w.jsonl"])["a"]);
    }
}
