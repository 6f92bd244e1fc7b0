using Tda.Review.Deciding;
using Tda.TestKit;

namespace Tda.Review.Tests.Deciding;

public class NearDuplicatesTests
{
    [Fact]
    public void Find_CopiesWithAFewWordsChanged_ThoseAboveTheThreshold()
    {
        using var folder = new TempDirectory();
        var words = Enumerable.Range(0, 60).Select(i => $"w{i}").ToArray();
        string[] texts =
        [
            string.Join(' ', words),
            string.Join("  ", words[..59].Append("END")), // the last run of five differs
            string.Join(' ', words.Select((word, i) => i % 6 == 0 ? "other" : word)), // hardly any run survives
            "something else altogether that shares nothing with the first of them",
        ];
        var corpus = Written(folder, texts);
        var asked = corpus.Documents().First();

        var twins = NearDuplicates.Find(corpus, [asked], CancellationToken.None)!;

        var twin = Assert.Single(twins);
        Assert.Equal((texts[1], asked.Id), (twin.Twin.Text, twin.Of));
        Assert.Equal(55.0 / 57, twin.Similarity, 1e-12); // 56 runs each, 55 in common
    }

    [Fact]
    public void Find_RandomTexts_AreAllWhoseJaccardIsHighEnough()
    {
        using var folder = new TempDirectory();
        var random = SplitMix64.Of(5, "twins");
        string[] stock = [.. Enumerable.Range(0, 8).Select(_ => string.Join(' ', Enumerable.Range(0, 40).Select(_ => $"w{random.NextInt(50)}")))];
        string[] texts = [.. Enumerable.Range(0, 60).Select(i => $"{stock[random.NextInt(8)]} {string.Join(' ', Enumerable.Range(0, random.NextInt(12)).Select(_ => $"v{random.NextInt(50)}"))} n{i}")];
        var corpus = Written(folder, texts);
        Document[] asked = [.. corpus.Documents().Take(3)];

        var found = NearDuplicates.Find(corpus, asked, CancellationToken.None)!;

        var expected = corpus.Documents().Where(other => asked.All(one => one.Id != other.Id) && asked.Max(one => Jaccard(one.Text, other.Text)) >= NearDuplicates.Threshold);
        Assert.Equal(expected.Select(document => document.Id).Order(), found.Select(twin => twin.Twin.Id).Order());
        Assert.NotEmpty(found);
    }

    private static double Jaccard(string one, string other)
    {
        var (a, b) = (Runs(one), Runs(other));
        return (double)a.Intersect(b).Count() / a.Union(b).Count();
    }

    private static HashSet<string> Runs(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [.. Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)]))];
    }

    private static Corpus Written(TempDirectory folder, string[] texts)
    {
        using (var writer = CorpusWriter.Create(Path.Combine(folder.Path, "corpus"), TimeProvider.System))
        {
            foreach (var text in texts)
            {
                writer.Add(new Document(DocumentId.Of(text), "source", text));
            }

            writer.Commit();
        }

        return Corpus.Open(Path.Combine(folder.Path, "corpus"));
    }
}
