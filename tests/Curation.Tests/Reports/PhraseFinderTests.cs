using Tda.Curation.Reports;
using Tda.Curation.Selection;
using Tda.Curation.Tests.Selection;

namespace Tda.Curation.Tests.Reports;

public class PhraseFinderTests
{
    [Fact]
    public void Strongest_TokensOfParts_AddUpToWordsAndWordsToPhrases()
    {
        const string Text = "see the GNU General Public License for more details of the GNU project";
        // As a byte-level tokenizer cuts: leading spaces belong to tokens, and words are cut in two.
        (string Token, float Score)[] tokens =
        [
            ("see", .1f), (" the", -.2f), (" G", 1), ("NU", 2), (" Gen", 2), ("eral", 1), (" Public", 3), (" Lic", 2), ("ense", 1), (" for", -.1f),
            (" more", .1f), (" details", .2f), (" of", 0), (" the", .1f), (" GNU", 2), (" project", .1f), ("", 4),
        ];
        var phrases = PhraseFinder.Strongest(Text, Tokens(tokens));
        Assert.Equal(["GNU General Public License", "GNU"], phrases.Select(p => Text[p.Start..p.End]));
        Assert.Equal(12, phrases[0].Score, 5);
        Assert.Equal(12 / 14.6, phrases[0].Share, 5); // the end of the text is no word
    }

    [Fact]
    public void Strongest_RandomScores_AreWhatTryingEveryRunGives()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var words = Enumerable.Range(0, 30).Select(i => new string((char)('a' + random.Next(26)), 1 + random.Next(6))).ToArray();
            var text = string.Join(random.Next(2) == 0 ? " " : "\n", words);
            var scores = text.Select(_ => (float)(random.NextDouble() * random.NextDouble() * 8 - 2)).ToArray();
            var found = PhraseFinder.Strongest(text, Samples.Dense("d", "s", scores));
            Assert.Equal(Naive(text, scores), found.Select(p => (p.Start, p.End)));
            Assert.All(found, p => Assert.InRange(text[p.Start..p.End].Split([' ', '\n']).Length, 1, PhraseFinder.LongestPhrase));
        }
    }

    [Fact]
    public void Strongest_LongWords_StandAlone()
    {
        var text = string.Join(' ', Enumerable.Range(0, 5).Select(i => $"doc/html/search/{new string((char)('a' + i), 60)}.html"));
        var found = PhraseFinder.Strongest(text, Samples.Dense("d", "s", [.. text.Select(_ => 1f)]));
        Assert.Equal(3, found.Count);
        Assert.All(found, p => Assert.DoesNotContain(' ', text[p.Start..p.End]));
    }

    [Fact]
    public void Strongest_NothingSpeaksForIt_IsNone() =>
        Assert.Empty(PhraseFinder.Strongest("no good words", Samples.Dense("d", "s", [.. Enumerable.Repeat(-1f, 13)])));

    // Of all runs of words without overlap with what is taken the best, three times; a character a token.
    private static List<(int, int)> Naive(string text, float[] scores)
    {
        List<(int Start, int End, double Score)> words = [];
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            var start = i;
            double sum = 0;
            for (; i < text.Length && !char.IsWhiteSpace(text[i]); i++)
            {
                sum += scores[i];
            }

            words.Add((start, i, sum));
        }

        var price = words.Where(w => w.Score > 0).Average(w => w.Score) / 2;
        HashSet<int> taken = [];
        List<(int, int)> found = [];
        for (var round = 0; round < 3; round++)
        {
            var runs = from first in Enumerable.Range(0, words.Count)
                       from last in Enumerable.Range(first, Math.Min(PhraseFinder.LongestPhrase, words.Count - first))
                       let run = Enumerable.Range(first, last - first + 1)
                       where !run.Any(taken.Contains)
                       select (first, last, Worth: run.Sum(w => words[w].Score - price));
            var best = runs.OrderByDescending(r => r.Worth).ThenBy(r => r.first).First();
            taken.UnionWith(Enumerable.Range(best.first, best.last - best.first + 1));
            found.Add((words[best.first].Start, words[best.last].End));
        }

        return found;
    }

    private static DocumentTokenScores Tokens((string Token, float Score)[] tokens)
    {
        var at = 0;
        var spans = tokens.Select(t => new CharacterSpan(at, at += t.Token.Length)).ToArray();
        return Samples.Dense("d", "s", [.. tokens.Select(t => t.Score)], spans);
    }
}
