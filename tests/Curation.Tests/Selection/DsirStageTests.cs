using System.Text.RegularExpressions;
using Tda.Curation.Selection;
using Tda.Curation.Tests.Influence;

namespace Tda.Curation.Tests.Selection;

public sealed partial class DsirStageTests : IDisposable
{
    private readonly StageHome _home = new();

    public DsirStageTests() => _home.Write("good.jsonl", string.Join('\n', Enumerable.Range(0, 20).Select(i =>
        $"{{\"id\":\"q{i}\",\"prompt\":\"\",\"completion\":\"The harbour was calm, and boats {i % 3} came home.\"}}")));

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Decide_PlantedDocuments_AreKept()
    {
        var documents = Corpus();
        var dropped = _home.Decide("dsir: { target_queries: good.jsonl, share: .24 }", documents).Select(d => d.Id).ToHashSet();
        Assert.Equal(documents.Where(d => d.Source == "harbour").Select(d => d.Id), documents.Where(d => !dropped.Contains(d.Id)).Select(d => d.Id));
    }

    [Theory]
    [InlineData("share: .5")]
    [InlineData("share: .5, seed: 3")]
    [InlineData("share: .25, per_word: true")]
    public void Decide_AnotherOrder_SameDecisions(string options)
    {
        var documents = Corpus();
        var stage = $"dsir: {{ target_queries: good.jsonl, {options} }}";
        Assert.Equal(_home.Decide(stage, documents), _home.Decide(stage, [.. documents.Reverse()]));
    }

    [Fact]
    public void Decide_Seeded_DrawsInProportionToWeights()
    {
        // Of documents of one word each, half of the budget: one of the heavier half is drawn more often, and not always.
        Document[] documents = [.. Enumerable.Range(0, 40).Select(i => new Document($"d{i}", "s", i % 2 == 0 ? "boats" : "other"))];
        int Kept(int seed)
        {
            var dropped = _home.Decide($"dsir: {{ target_queries: good.jsonl, share: .5, seed: {seed} }}", documents).Select(d => d.Id).ToHashSet();
            return documents.Index().Count(d => d.Index % 2 == 0 && !dropped.Contains(d.Item.Id));
        }

        int[] draws = [.. Enumerable.Range(0, 10).Select(Kept)];
        Assert.InRange(draws.Average(), 11, 20);
        Assert.True(draws.Distinct().Count() > 1);
    }

    [Fact]
    public void Weigh_AgainstASlowReference_SameWeights()
    {
        string[] target = ["Boats came home.", "The calm harbour"], raw = ["Buy pills now, now!", "boats CAME in"];
        const int buckets = 100_003;
        var (t, r) = (new NgramProfile(buckets), new NgramProfile(buckets));
        Array.ForEach(target, t.Add);
        Array.ForEach(raw, r.Add);
        var ratios = NgramProfile.LogRatios(t, r);

        // With so many buckets none of these words and pairs share one, so words can stand for buckets.
        var (wanted, had) = (Reference(target), Reference(raw));
        foreach (var text in (string[])["boats came home", "buy the harbour now!", "unseen words", ""])
        {
            var expected = Grams(text).Sum(gram =>
                Math.Log((wanted.GetValueOrDefault(gram) + 1.0) / (wanted.Values.Sum() + buckets))
                - Math.Log((had.GetValueOrDefault(gram) + 1.0) / (had.Values.Sum() + buckets)));
            var (actual, words) = NgramProfile.Weigh(text, ratios);
            Assert.Equal(expected, actual, 9);
            Assert.Equal(Word().Count(text), words);
        }

        static Dictionary<string, int> Reference(string[] texts) => texts.SelectMany(Grams).CountBy(gram => gram).ToDictionary();
    }

    [Theory]
    [InlineData("dsir: { share: .5 }", "name one target")]
    [InlineData("dsir: { target: c, target_queries: good.jsonl }", "name one target")]
    [InlineData("dsir: { target: nowhere }", "target: ")]
    [InlineData("dsir: { target_queries: good.jsonl, share: 2, buckets: 1 }", "buckets is '1'")]
    public void Read_OptionsThatDontGo_AreTold(string stage, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => _home.Stage(stage)).Message, StringComparison.Ordinal);

    [Fact]
    public void Inputs_OfAFileOrACorpus_AreHashed()
    {
        Assert.Equal("good.jsonl", Assert.Single(_home.Stage("dsir: { target_queries: good.jsonl }").Inputs).Key);
        Directory.CreateDirectory(_home.Home.CorporaDirectory);
        using (var writer = CorpusWriter.Create(_home.Home.CorpusDirectory("c"), _home.Time))
        {
            writer.Add(new Document("x", "s", "The calm harbour"));
            writer.Commit();
        }

        var stage = _home.Stage("dsir: { target: c, share: .3 }");
        Assert.Equal("corpora/c", Assert.Single(stage.Inputs).Key);
        Assert.NotEmpty(StageHome.Decide(stage, Corpus()));
    }

    private static Document[] Corpus() =>
    [
        .. Enumerable.Range(0, 40).Select(i => i % 4 == 0
            ? new Document($"d{i:00}", "harbour", $"The boats {i} came home, and the harbour was calm.")
            : new Document($"d{i:00}", "spam", $"Order {i} cheap watches today, my friend, and save money."))
    ];

    private static IEnumerable<string> Grams(string text)
    {
        string[] words = [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];
        return words.Concat(words.Zip(words.Skip(1), (first, second) => $"{first} {second}"));
    }

    [GeneratedRegex(@"[\p{L}\p{Nd}]+|[^\s]")]
    private static partial Regex Word();
}
