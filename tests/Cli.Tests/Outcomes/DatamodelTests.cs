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

    [Fact]
    public async Task Train_SurrogateWithABase_SaysWhatTheBaseLearnedAndRefusesTheSameDocuments()
    {
        SampleDocuments.Write(_tda.Folder["new.jsonl"], documents: 8, words: 12, seed: 5);
        await Json("corpus import new.jsonl --name new");
        await Json("distill --base small --corpus new --name tuned --exchanges none");
        var bank = await Json("datamodel train --surrogate tuned --corpus new --queries q.jsonl --subsets 2 --name b");
        Assert.Equal(("surrogates/small", "corpora/web"), ((string)bank["base"]!["name"]!, (string)bank["base"]!["corpora"]![0]!));
        var again = (await _tda.RunAsync([.. "datamodel train --surrogate tuned --corpus new --queries q.jsonl --subsets 2 --name b".Split(' ')])).Output;
        Assert.Contains("none of the bank's documents is in corpora/web", again, StringComparison.Ordinal);

        await Json("distill --base small --corpus web --name seen --exchanges none");
        Assert.Contains("12 of the bank's 12 documents", await Error(2, "datamodel train --surrogate seen --corpus web --queries q.jsonl --name b2"), StringComparison.Ordinal);
    }

    private Task<JsonNode> Json(string line) => _tda.JsonAsync(line.Split(' '));

    private async Task<string> Text(string switches) =>
        (await _tda.RunAsync($"attribute --index ek --queries q.jsonl --method datamodel --force {switches}".Split(' '))).Output;

    private async Task<string> Error(int exitCode, string line) => (await _tda.FailsAsync(exitCode, line.Split(' '))).Error;
}
