using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Filters;

/// <summary>What holds for every filter, whatever the texts.</summary>
public sealed class FilterPropertyTests : IDisposable
{
    public static readonly TheoryData<string> Stages =
    [
        "length: { min_words: 5 }", "gopher_quality: { min_words: 5 }", "gopher_repetition", "c4", "c4: { wrapped: true, min_kept: .4 }", "fineweb", "language",
        "personal_data", "personal_data: { action: report }", "regex: { patterns: [river], hits: 3 }", "sources: { deny: 's1*' }", "licence: { allow: [mit] }",
        "decontaminate: { benchmarks: items.jsonl, min_words: 3 }", "decontaminate: { benchmarks: items.jsonl, min_words: 3, share: .5 }",
    ];

    private static readonly Document[] Documents = [.. Judging.Texts.Select((text, i) =>
        new Document($"d{i}", $"s{i % 20}", text) { License = i % 3 == 0 ? "MIT" : i % 3 == 1 ? "GPL" : null })];

    private readonly TempDirectory _folder = new();

    [Theory]
    [MemberData(nameof(Stages))]
    public void Decide_AnyOrderAndSharding_IsTheSame(string yaml)
    {
        var whole = Told(Judging.Decide(Stage(yaml), Documents));
        var order = new Random(3);
        var shuffled = Documents.OrderBy(_ => order.Next()).ToArray();
        Assert.Equal(whole, Told(Judging.Decide(Stage(yaml), shuffled)));
        Assert.Equal(whole, Told(shuffled.Chunk(7).SelectMany(shard => Judging.Decide(Stage(yaml), shard))));
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Decide_AgainOnWhatWasLeft_DropsNothing(string yaml)
    {
        var dropped = Judging.Decide(Stage(yaml), Documents).Where(one => one.Action == CurationAction.Drop).Select(one => one.Id).ToHashSet();
        var left = Documents.Where(document => !dropped.Contains(document.Id)).ToArray();
        Assert.DoesNotContain(Judging.Decide(Stage(yaml), left), one => one.Action == CurationAction.Drop);
        Assert.Equal(Documents.Length, left.Length + dropped.Count);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Decide_EveryDecision_HasItsReasonAndFitsTheLedger(string yaml)
    {
        var stage = Stage(yaml);
        var decisions = Judging.Decide(stage, Documents);
        Assert.NotEmpty(decisions);
        Assert.True(decisions.Count < Documents.Length, "a filter that drops everything tests nothing");
        Assert.Equal(decisions.Count, decisions.DistinctBy(one => one.Id).Count());
        Assert.All(decisions, one =>
        {
            Assert.Matches("^[a-z0-9_]+$", one.Reason!);
            Assert.Equal(stage.Rule, one.Rule);
            Assert.Equal(one.Value is null, one.Threshold is null);
            Assert.True(one.Evidence is null || (one.Evidence.Length <= Evidence.MostCharacters && !one.Evidence.Any(char.IsControl)), one.Evidence);
            Assert.Equal(one.Evidence, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(one.Evidence ?? "")) is { Length: > 0 } same ? same : one.Evidence);
        });
    }

    public void Dispose() => _folder.Dispose();

    private static List<string> Told(IEnumerable<Decision> decisions) => [.. decisions.Select(one => one.ToString()).Order(StringComparer.Ordinal)];

    private ICurationStage Stage(string yaml)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "items.jsonl"), """{"text":"the same line of words."}""" + "\n");
        return Judging.Stage(yaml, _folder.Path);
    }
}
