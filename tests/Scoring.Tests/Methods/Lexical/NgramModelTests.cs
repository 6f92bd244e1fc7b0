using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods.Lexical;

/// <summary>Against counting anew without the documents, one at a time.</summary>
public class NgramModelTests
{
    private static readonly int[][] Documents = [.. Enumerable.Range(0, 14).Select(seed => Text(seed, seed == 5 ? 0 : 5 + (7 * seed % 31)))];

    // The last query has a token that no document has, and one that is in one document only.
    private static readonly (int[] Tokens, int First)[] Queries = [(Text(101, 12), 1), (Text(102, 9), 4), ([0, 3, 99, 4, 50], 2)];

    public static TheoryData<int, double> Models
    {
        get
        {
            var data = new TheoryData<int, double>();
            foreach (var order in Enumerable.Range(1, 5))
            {
                data.Add(order, .3);
                data.Add(order, 7);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Difference_OneDocumentAtATime_IsWhatCountingAnewGives(int order, double strength)
    {
        var (ngrams, model, naive) = Build(order, strength);
        Close([.. Queries.Select(q => naive.LogProbability(Documents, q.Tokens, q.First))], model.LogProbabilities());
        for (var m = 0; m < Documents.Length; m++)
        {
            int[][] others = [.. Documents.Where((_, d) => d != m)];
            Close(
                [.. Queries.Select(q => naive.LogProbability(Documents, q.Tokens, q.First) - naive.LogProbability(others, q.Tokens, q.First))],
                model.Difference(Counts(ngrams, Documents[m]), counted: true));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Difference_SetsAndAddedDocuments_AreWhatCountingAnewGives(int order, double strength)
    {
        var (ngrams, model, naive) = Build(order, strength);
        int[][] without = [.. Documents.Where((_, d) => d % 3 != 1)], set = [.. Documents.Where((_, d) => d % 3 == 1)];
        double[] expected = [.. Queries.Select(q => naive.LogProbability(without, q.Tokens, q.First))];
        Close(expected, model.LogProbabilities(Counts(ngrams, without)));
        Close([.. model.LogProbabilities().Zip(expected, (all, rest) => all - rest)], model.Difference(Counts(ngrams, set), counted: true));

        // Tokens that no document has keep the vocabulary as it was.
        int[] added = [0, 1, 2, 3, 4, 5, 1, 2, 50];
        Close(
            [.. Queries.Select(q => naive.LogProbability([.. Documents, added], q.Tokens, q.First) - naive.LogProbability(Documents, q.Tokens, q.First))],
            model.Difference(Counts(ngrams, added), counted: false));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Shares_OverAllOccurrences_AddUpToTheDifference(int order, double strength)
    {
        var (ngrams, model, _) = Build(order, strength);
        foreach (var counted in new[] { true, false })
        {
            foreach (var document in Documents)
            {
                var (counts, hits) = (new NgramCounts(ngrams), new List<(int Place, int Context, int Event)>());
                ngrams.Count(document, counts, hits);
                var (contexts, events) = model.Shares(counts, counted, [0, 2]);
                var sum = hits.Sum(hit => contexts[hit.Context] + (hit.Event < 0 ? 0 : events[hit.Event]));
                var difference = model.Difference(counts, counted);
                Assert.Equal((difference[0] + difference[2]) / 2, sum, 9);
            }
        }
    }

    [Fact]
    public void Difference_ByHand_FollowingAsInTheDocumentIsAProponent()
    {
        // BOS a b, BOS a c; asked for b after a. V + 1 = 4, μ = 1.
        var ngrams = new QueryNgrams([([0, 1, 2], 2)], 2);
        var model = new NgramModel(ngrams, 1);
        int[][] documents = [[0, 1, 2], [0, 1, 3]];
        Array.ForEach(documents, document => model.Add(document));
        // p(b) = (1 + 1/4)/(4 + 1), p(b|a) = (1 + p(b))/(2 + 1).
        Assert.Equal(Math.Log((1 + .25) / 3), model.LogProbabilities()[0], 12);
        // Without the first: p(b) = (1/4)/3, p(b|a) = p(b)/2; without the second p(b) = (1 + 1/4)/3, p(b|a) = (1 + p(b))/2.
        Assert.Equal(Math.Log(1.25 / 3 / (.25 / 3 / 2)), model.Difference(Counts(ngrams, documents[0]), counted: true)[0], 12);
        Assert.Equal(Math.Log(1.25 / 3 / ((1 + (1.25 / 3)) / 2)), model.Difference(Counts(ngrams, documents[1]), counted: true)[0], 12);

        // Its own token lifts what the document lifts; the other document's c takes a's place.
        var shares = model.Shares(Counts(ngrams, documents[1]), counted: true, [0]);
        Assert.All(shares.Contexts, share => Assert.True(share < 0));
        Assert.All(shares.Events, share => Assert.True(share > 0));
    }

    [Fact]
    public void LogProbabilities_StrengthsOfEachContext_TheLastForLongerOnes()
    {
        double[] strengths = [5, .5, 2];
        var ngrams = new QueryNgrams(Queries, 5);
        var model = new NgramModel(ngrams, strengths);
        Array.ForEach(Documents, document => model.Add(document));
        var naive = new NaiveNgrams(5, strengths, Documents);
        Close([.. Queries.Select(q => naive.LogProbability(Documents, q.Tokens, q.First))], model.LogProbabilities());
        var (contexts, events) = model.Shares(Counts(ngrams, Documents[3]), counted: true, [1]);
        var hits = new List<(int Place, int Context, int Event)>();
        ngrams.Count(Documents[3], new NgramCounts(ngrams), hits);
        Assert.Equal(
            model.Difference(Counts(ngrams, Documents[3]), counted: true)[1], hits.Sum(hit => contexts[hit.Context] + (hit.Event < 0 ? 0 : events[hit.Event])), 9);
    }

    [Fact]
    public void Clear_AfterADocument_LeavesNothingOfIt()
    {
        var (ngrams, model, _) = Build(3, 2);
        var counts = Counts(ngrams, Documents[3]);
        counts.Clear();
        ngrams.Count(Documents[8], counts);
        Assert.Equal(model.Difference(Counts(ngrams, Documents[8]), counted: true), model.Difference(counts, counted: true));
    }

    private static (QueryNgrams Ngrams, NgramModel Model, NaiveNgrams Naive) Build(int order, double strength)
    {
        var ngrams = new QueryNgrams(Queries, order);
        var model = new NgramModel(ngrams, strength);
        Array.ForEach(Documents, document => model.Add(document));
        return (ngrams, model, new NaiveNgrams(order, strength, Documents));
    }

    private static NgramCounts Counts(QueryNgrams ngrams, params int[][] documents)
    {
        var counts = new NgramCounts(ngrams);
        Array.ForEach(documents, document => ngrams.Count(document, counts));
        return counts;
    }

    private static void Close(double[] expected, double[] actual) => Numbers.Close(expected, actual, 1e-12, "counted anew");

    // BOS, tokens of which few are many, EOS; document 7 alone has token 50.
    private static int[] Text(int seed, int length)
    {
        var random = new Random(seed);
        return [0, .. Enumerable.Range(0, length).Select(_ => 1 + (int)(8 * Math.Pow(random.NextDouble(), 2))), .. seed == 7 ? [50] : Array.Empty<int>(), 9];
    }
}
