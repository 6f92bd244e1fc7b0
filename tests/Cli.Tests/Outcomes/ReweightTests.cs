using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda reweight`, what `tda curate` makes of it, and `tda evaluate mislabelled` of a corpus.</summary>
public sealed class ReweightTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Reweight_ThenCurate_TakesTheWeightsOver()
    {
        var result = await _tda.JsonAsync([.. "reweight --surrogate small --corpus web --harm q.jsonl --run w --batch-tokens 200 --epochs 2 --weight-rate .2".Split(' ')]);
        Assert.Equal(["bad", "good"], result["sources"]!.AsArray().Select(source => (string)source!["source"]!));
        Assert.Equal(12, File.ReadLines(_tda.InHome("runs", "w", "weights.jsonl")).Count());

        var curated = await _tda.JsonAsync([.. "curate --corpus web --run w --weights --name web-2".Split(' ')]);
        Assert.Equal(12, (int)curated["weighed"]!);
        var shown = await _tda.RunAsync([.. "reweight --surrogate small --corpus web --harm q.jsonl --run w2 --batch-tokens 200 --epochs 1 --weigh sources".Split(' ')]);
        Assert.Contains("mean weight", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reweight_AskedWrongly_SaysWhat()
    {
        Assert.Contains("meta set", (await _tda.FailsAsync(2, [.. "reweight --surrogate small --corpus web --run w".Split(' ')])).Error, StringComparison.Ordinal);
        Assert.Contains("Raise the batch's tokens", (await _tda.FailsAsync(2, [.. "reweight --surrogate small --corpus web --harm q.jsonl --run w --batch-tokens 1".Split(' ')])).Error, StringComparison.Ordinal);
        await _tda.FailsAsync(3, [.. "reweight --surrogate none --corpus web --harm q.jsonl --run w".Split(' ')]);
    }

    [Fact]
    public async Task Mislabelled_OfACorpus_FindsPlantedLabels()
    {
        var result = await _tda.JsonAsync([.. "evaluate mislabelled --corpus web --label source --plant .1 --top 3".Split(' ')]);
        Assert.Equal((12, "self_influence", 3), ((int)result["documents"]!, (string)result["ranked_by"]!, result["suspects"]!.AsArray().Count));
        Assert.True((bool)result["suspects"]![0]!["wrong"]!);
        Assert.Equal(1, (double)result["grades"]!["loss"]!["detection"]!["auroc"]!["value"]!);

        Assert.Contains("no document has a label 'label'", (await _tda.FailsAsync(3, [.. "evaluate mislabelled --corpus web".Split(' ')])).Error, StringComparison.Ordinal);
        await _tda.FailsAsync(2, [.. "evaluate mislabelled --corpus web --run r".Split(' ')]);
        await _tda.FailsAsync(2, [.. "evaluate mislabelled --run r".Split(' ')]);
    }
}
