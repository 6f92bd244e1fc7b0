using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda datamodel train`, and what is made of its banks.</summary>
public sealed class DatamodelTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Train_ThenAttribute_GivesNatsWithIntervals()
    {
        var bank = await Json("datamodel train --surrogate small --corpus web --queries q.jsonl --subsets 10 --name b");
        Assert.Equal((10, 12, 2, 0), ((int)bank["subsets"]!, (int)bank["documents"]!, (int)bank["queries"]!, (int)bank["missing"]!));
        var again = await Json("datamodel train --surrogate small --corpus web --queries q.jsonl --subsets 10 --name b");
        Assert.Equal(0, (int)again["missing"]!);
        await Json("datamodel train --surrogate small --corpus web --queries q.jsonl --subsets 4 --adaptive b --name b2");

        var run = await Json("attribute --index ek --queries q.jsonl --method datamodel --bank b,b2 --prior bm25 --run m --force");
        var first = run["top"]![0]!;
        Assert.Equal((double)first["score"]!, (double)first["calibrated"]!["nats"]!, 6);
        Assert.True((double)first["calibrated"]!["interval"]!["low"]! < (double)first["calibrated"]!["interval"]!["high"]!);
        Assert.True(File.Exists(_tda.InHome("runs", "m", ScoreFormat.HalfWidths)));
        Assert.NotNull(run["trust"]!["summary"]);

        // Scores that are nats say which; there are intervals only where the fit has them.
        var (measured, ridge) = (await Text("--run t --bank b --prior none"), await Text("--run ridge --bank b --prior none --fit ridge"));
        Assert.Contains("nats if removed: rise of the answer's loss without the document, with its 95 % interval", measured, StringComparison.Ordinal);
        Assert.Contains("score in top.jsonl: measured: score is nats", ridge, StringComparison.Ordinal);
        Assert.All(["nats if removed", "uncalibrated"], part => Assert.DoesNotContain(part, ridge, StringComparison.Ordinal));

        // What was chosen is no sample, what another question's losses are says nothing, and no bank is none.
        Assert.Contains("chosen for what they tell", await Error(3, "evaluate lds --run m --bank b2"), StringComparison.Ordinal);
        Assert.Contains("name another", await Error(2, "attribute --index ek --queries q.jsonl --method datamodel --bank b --prior datamodel --force"), StringComparison.Ordinal);
        Assert.Contains("--bank", await Error(2, "attribute --index ek --queries q.jsonl --method datamodel --force"), StringComparison.Ordinal);
        Assert.Contains("another bank", await Error(2, "datamodel train --surrogate small --corpus web --queries q.jsonl --subsets 11 --name b"), StringComparison.Ordinal);
    }

    private Task<JsonNode> Json(string line) => _tda.JsonAsync(line.Split(' '));

    private async Task<string> Text(string switches) =>
        (await _tda.RunAsync($"attribute --index ek --queries q.jsonl --method datamodel --force {switches}".Split(' '))).Output;

    private async Task<string> Error(int exitCode, string line) => (await _tda.FailsAsync(exitCode, line.Split(' '))).Error;
}
