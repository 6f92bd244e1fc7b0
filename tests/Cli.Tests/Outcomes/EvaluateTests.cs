using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda evaluate` on a small home: every measure says something, or says why it can't.</summary>
public sealed class EvaluateTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Evaluate_RunAlone_PlantedClassesAndHalves()
    {
        var planted = await _tda.JsonAsync([.. "evaluate planted --run r --source bad --at 2 4".Split(' ')]);
        Assert.Equal(2, (int)planted["k"]!);
        Assert.Equal((double)planted["auroc"]!, (double)planted["intervals"]!["mean"]!["auroc"]!["value"]!);
        Assert.InRange((double)planted["intervals"]!["mrr"]!["value"]!, .01, 1);

        var classes = await _tda.JsonAsync([.. "evaluate classes --run r --corpus web".Split(' ')]);
        Assert.Single(classes["classes"]!["classes"]!.AsArray());
        Assert.Null(classes["classes"]!["between"]);
        Assert.Equal(2, classes["classes"]!["queries"]!.AsArray().Count);
        Assert.Equal(10, (int)classes["answers"]!["k"]!);

        var halves = await _tda.JsonAsync([.. "evaluate split-half --run r r".Split(' ')]);
        Assert.Equal(1, (double)halves["half_correlation"]!, 6);
    }

    [Fact]
    public async Task Evaluate_Provenance_GradesRunsAndSetsThemAgainstTheFirst()
    {
        string[] documents = [.. Lines("runs/r/rows.jsonl").Select(l => (string)l["id"]!).Distinct()];
        string[] queries = [.. Lines("runs/r/queries.jsonl").Select(l => (string)l["id"]!)];
        _tda.Folder.Write("set/articles.jsonl", string.Join('\n', documents.Select(id => $$"""{"id":"{{id}}"}""")));
        _tda.Folder.Write("set/questions.jsonl", string.Join('\n', queries.Select((id, i) => $$"""{"id":"{{id}}","label":"{{i}}","articles":["{{documents[i]}}"]}""")));

        var grades = await _tda.JsonAsync([.. "evaluate provenance --set set --run r r".Split(' ')]);
        Assert.Equal(2, grades.AsArray().Count);
        Assert.Equal(documents.Length, (int)grades[0]!["result"]!["documents"]!);
        Assert.InRange((double)grades[0]!["result"]!["all"]!["mrr"]!["value"]!, 1.0 / documents.Length, 1);
        Assert.Equal(["0", "1"], grades[0]!["result"]!["wordings"]!.AsArray().Select(line => (string)line!["label"]!));
        Assert.Equal(0, (double)grades[1]!["over_first"]!["value"]!);
        Assert.Null(grades[0]!["result"]!["all"]!["decoy_above"]!["value"]);

        var text = await _tda.RunAsync([.. "evaluate provenance --set set --run r".Split(' ')]);
        Assert.Contains("recall@10", text.Output, StringComparison.Ordinal);
        Assert.Contains("r (logra, 12 documents): MRR", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_Words_SaysWhatIsLeftOfTheInfluence()
    {
        _tda.Folder.Write("pairs.jsonl", """{"id":"p","text":"buy cheap pills now","first":"buy cheap","second":"pills now","prompt":"","completion":"buy cheap pills now"}""");
        var probe = await _tda.JsonAsync([.. "evaluate words --index ek --pairs pairs.jsonl".Split(' ')]);
        Assert.Equal("ekfac", (string)probe["method"]!);
        var result = Assert.Single(probe["results"]!.AsArray())!;
        Assert.Equal((double)result["flipped"]! / (double)result["original"]!, (double)probe["median"]!, 9);

        _tda.Folder.Write("pairs.jsonl", """{"id":"p","text":"buy pills","first":"buy","second":"sell","prompt":"","completion":"buy"}""");
        var refused = await _tda.FailsAsync(2, [.. "evaluate words --index ek --pairs pairs.jsonl".Split(' ')]);
        Assert.Contains("'p': the text doesn't hold both 'buy' and 'sell'", refused.Error, StringComparison.Ordinal);
        Assert.Contains("counts words", (await _tda.FailsAsync(2, [.. "evaluate words --index ek --pairs pairs.jsonl --method bm25".Split(' ')])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_Bank_LdsRemovalAndTheGrader()
    {
        string[] documents = [.. Lines("runs/r/rows.jsonl").Select(l => (string)l["id"]!).Distinct()];
        string[] queries = [.. Lines("runs/r/queries.jsonl").Select(l => (string)l["id"]!)];
        var tokenizer = (string)JsonNode.Parse(File.ReadAllText(_tda.InHome("surrogates", "small", "manifest.json")))!["details"]!["tokenizer_hash"]!;
        Bank("halves", BankPlan.HalfSubsets(documents, queries, subsets: 8, seeds: 2), tokenizer);

        var lds = await _tda.JsonAsync([.. "evaluate lds --run r --bank halves".Split(' ')]);
        Assert.Equal(8, (int)lds[0]!["result"]!["subsets"]!);
        Assert.InRange((double)lds[0]!["result"]!["lds"]!["value"]!, -1, 1);
        Assert.NotNull(lds[0]!["result"]!["ceiling"]);
        Assert.Contains("leave-one-out", (await _tda.FailsAsync(3, [.. "evaluate loo --run r --bank halves".Split(' ')])).Error, StringComparison.Ordinal);

        var graded = await _tda.JsonAsync(
            [.. "evaluate bank --bank halves --corpus web --queries q.jsonl --model S3=surrogate:small --methods grad-dot,ekfac,loss-covariance --out grades.json".Split(' ')]);
        Assert.Equal(["ekfac", "grad-dot"], graded["grades"]!.AsArray().Select(g => (string)g!["method"]!).Order());
        Assert.Contains("ensemble", (string)graded["not_run"]![0]!["reason"]!, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5], graded["ngram"]!["orders"]!.AsArray().Select(one => (int)one!["order"]!));
        Assert.Equal(graded.ToJsonString(), JsonNode.Parse(File.ReadAllText(_tda.Folder["grades.json"]))!.ToJsonString());

        await _tda.JsonAsync([.. "evaluate removal --plan --run r --shares .2 --per-query --controls 2 --lists removal.jsonl".Split(' ')]);
        string[][] removed = [.. File.ReadLines(_tda.Folder["removal.ids.jsonl"]).Select(l => JsonNode.Parse(l)!.AsArray().Select(d => (string)d!).ToArray())];
        Assert.Equal(queries.Length + 2, removed.Length);
        Bank("removed", BankPlan.Removal(documents, queries, removed, seeds: 1));
        var removal = await _tda.JsonAsync([.. "evaluate removal --lists removal.jsonl --bank removed".Split(' ')]);
        Assert.Equal(["logra", "random"], removal.AsArray().Select(r => (string)r!["method"]!));
    }

    // Losses that fall with the number of documents kept, and a little by the subset, in place of retrained models: the measures are
    // tested elsewhere, here it is their way through files.
    private void Bank(string name, BankPlan plan, string? tokenizer = null)
    {
        var bank = RetrainingBank.OpenOrCreate(
            _tda.InHome("banks", name), plan, "test", [], tokenizer is null ? new Dictionary<string, string>() : new() { ["tokenizer"] = tokenizer }, TimeProvider.System);
        foreach (var retraining in plan.Retrainings)
        {
            var kept = plan.Kept[retraining.Subset];
            bank.Record(
                retraining,
                [.. plan.Queries.Select((_, q) => 9.0 - kept.Select((k, d) => k ? Math.Sin(d + (3 * q)) : 0).Sum() + (.01 * retraining.Seed))], 1);
        }
    }

    private JsonNode[] Lines(string file) => [.. File.ReadLines(_tda.InHome(file)).Select(l => JsonNode.Parse(l)!)];
}
