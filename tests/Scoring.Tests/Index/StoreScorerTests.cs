using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Index;

public class StoreScorerTests
{
    // Of the largest score: float32 additions; half has 11 significant bits, int8 steps of 1/127 of a row's largest number.
    [Theory]
    [InlineData(StorageType.Float32, 1, 2e-6)]
    [InlineData(StorageType.Float32, 2, 2e-6)]
    [InlineData(StorageType.Float32, 9, 2e-6)]
    [InlineData(StorageType.Float16, 1, 1e-3)]
    [InlineData(StorageType.Float16, 9, 1e-3)]
    [InlineData(StorageType.Int8, 1, 2e-2)]
    [InlineData(StorageType.Int8, 9, 2e-2)]
    public void Score_AgainstDenseSums_AgreesWithinTheStoragesRounding(StorageType storage, int queries, double tolerance)
    {
        using var store = new SyntheticStore(storage);
        var own = store.Queries(queries);
        var expected = store.Scores(own);

        var (scores, visits) = Score(store.Index(), own);

        Assert.Equal(Enumerable.Range(0, 90), visits);
        var largest = expected.Cast<double>().Max(Math.Abs);
        for (var q = 0; q < queries; q++)
        {
            for (var d = 0; d < 90; d++)
            {
                Assert.True(Math.Abs(scores[q, d] - expected[q, d]) <= tolerance * largest, $"{q} {d}: {scores[q, d]} for {expected[q, d]}");
            }
        }
    }

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.Float16)]
    [InlineData(StorageType.Int8)]
    public void Score_OneQuery_HasTheSameBitsWhateverShardsAndThreads(StorageType storage)
    {
        using var few = new SyntheticStore(storage, documentsAShard: 90);
        using var many = new SyntheticStore(storage, documentsAShard: 4);
        var query = few.Queries(1);
        var expected = Score(few.Index(), query).Scores;
        var threads = get_num_threads();
        try
        {
            set_num_threads(2);
            Assert.Equal(expected, Score(many.Index(), query).Scores);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.Float16)]
    [InlineData(StorageType.Int8)]
    public void Score_ManyQueries_GivesEachWhatItGetsAlone(StorageType storage)
    {
        using var store = new SyntheticStore(storage, documents: 300, documentsAShard: 130);
        var queries = store.Queries(40);
        var together = Score(store.Index(), queries).Scores;
        for (var q = 0; q < queries.Length; q++)
        {
            var alone = Score(store.Index(), [queries[q]]).Scores;
            for (var d = 0; d < 300; d++)
            {
                Assert.Equal(alone[0, d], together[q, d], 1e-5 * store.Layout.Length / 6);
            }
        }
    }

    [Fact]
    public void Score_DeletedDocuments_AreNotVisited()
    {
        using var store = new SyntheticStore(StorageType.Float16);
        Assert.Equal(Enumerable.Range(0, 90).Except([0, 41, 89]), Score(store.Index(0, 41, 89), store.Queries(1)).Visits);
    }

    [Fact]
    public void Score_RowsLargerThanABlock_AreStillRead()
    {
        using var store = new SyntheticStore(StorageType.Float16, documents: 3, modules: [new(800, 800)]);
        var query = store.Queries(3);
        var expected = store.Scores(query);
        var scores = Score(store.Index(), query).Scores;
        for (var d = 0; d < 3; d++)
        {
            Assert.Equal(expected[2, d], scores[2, d], .2);
        }
    }

    private static (float[,] Scores, List<int> Visits) Score(LograIndex index, double[][] queries)
    {
        using var scope = NewDisposeScope();
        var scores = new float[queries.Length, 300];
        var visits = new List<int>();
        StoreScorer.Score(index, tensor(queries.SelectMany(q => q).ToArray(), [queries.Length, index.Layout.Length]), (document, own) =>
        {
            visits.Add(document);
            for (var q = 0; q < own.Length; q++)
            {
                scores[q, document] = own[q];
            }
        });
        return (scores, visits);
    }
}
