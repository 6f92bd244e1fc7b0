using Tda.Curation.Deduplication;
using Tda.Labels.Encoders;
using Tda.TestKit;

namespace Tda.Curation.Tests.Deduplication;

public sealed class NearMeaningsTests
{
    private const double Threshold = .8;
    private static readonly KeepOptions Longest = new(KeepRule.Longest, "date", []);

    [Fact]
    public void Decide_Any_DropsWhatTheNaiveSearchDrops() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var expected = Naive(documents);

        var decisions = Stage(threads: 2).Run(documents);

        Assert.Equal(expected.Keys.Order(), decisions.Select(d => d.Id).Order());
        Assert.All(decisions, d => Assert.Equal(("meaning", expected[d.Id].Twin, Threshold), (d.Reason!, d.Twin!, d.Threshold!.Value)));
        Assert.All(decisions, d => Assert.Equal(expected[d.Id].Cosine, d.Value!.Value, 1e-6));
    });

    [Fact]
    public void Decide_AnyOrderAndThreads_DecidesAlikeAndOnce()
    {
        var documents = Duplicated.Make(seed: 4, count: 300); // several blocks
        var expected = Stage(threads: 1).Run(documents).OrderBy(d => d.Id).ToList();

        Assert.NotEmpty(expected);
        Assert.Equal(expected, Stage(threads: 4).Run([.. documents.Reverse()]).OrderBy(d => d.Id));
        Assert.Empty(Stage(threads: 3).Run(documents.Without(expected)));
    }

    /// <summary>The real encoder: the same said in other words goes, the opposite topic stays.</summary>
    [Fact]
    public void Decide_RealEncoder_FindsParaphrases()
    {
        Document[] documents =
        [
            new("a", "s", "The meeting has been moved to Thursday at three in the afternoon."),
            new("b", "s", "The meeting was moved to Thursday, 3 pm."),
            new("c", "s", "Buy cheap watches online and save ninety percent today!"),
        ];

        var decision = Assert.Single(new NearMeanings(.8, Longest, () => SentenceEncoder.Shared).Run(documents));

        Assert.Equal(("b", "a"), (decision.Id, decision.Twin!));
        Assert.Contains("all-MiniLM-L6-v2", decision.Rule, StringComparison.Ordinal);
    }

    private static NearMeanings Stage(int threads) => new(Threshold, Longest, () => new WordCounts()) { Threads = threads };

    private static Dictionary<string, (string Twin, double Cosine)> Naive(Document[] documents)
    {
        var kept = new List<Document>();
        var found = new Dictionary<string, (string, double)>();
        foreach (var document in documents.OrderByDescending(document => document.Text.Length).ThenBy(document => document.Id, StringComparer.Ordinal))
        {
            var vector = WordCounts.Vector(document.Text);
            var best = kept.Select(other => (other.Id, Cosine: WordCounts.Vector(other.Text).Zip(vector, (a, b) => (double)a * b).Sum())).Append(("", -2)).MaxBy(one => Math.Round(one.Item2, 6));
            if (best.Item2 >= Threshold)
            {
                found.Add(document.Id, best);
            }
            else
            {
                kept.Add(document);
            }
        }

        return found;
    }

    /// <summary>An encoder of words w0 to w29: how often each comes.</summary>
    private sealed class WordCounts : ITextEncoder
    {
        public string Name => "word counts";

        public int Width => 31;

        public IEnumerable<float[]> Encode(IEnumerable<string> texts, CancellationToken cancel = default) => texts.Select(Vector);

        public static float[] Vector(string text)
        {
            var vector = new float[31];
            vector[30] = .1f; // of a text without words too
            foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                vector[int.Parse(word.AsSpan(1), CultureInfo.InvariantCulture)]++;
            }

            var length = MathF.Sqrt(vector.Sum(value => value * value));
            return [.. vector.Select(value => value / length)];
        }
    }
}
