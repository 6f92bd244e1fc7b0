using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using Tda.TestKit;

namespace Tda.Scoring.Tests.Attribution;

public sealed class SpilledScoresTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)] // one document a block
    [InlineData(5 * 7 * sizeof(float))]
    [InlineData(1 << 20)]
    public void Row_DocumentsAddedOneByOne_IsTheMatrixRow(int blockBytes)
    {
        var random = new Random(3);
        var matrix = new ScoreMatrix(5, 60);
        for (var t = 0; t < 5; t++)
        {
            matrix.Row(t).Fill(float.NaN);
        }

        using var spilled = new SpilledScores(_directory["scores"], 5, 60, blockBytes);
        // Gaps at the start, at the end, and some longer than a block.
        foreach (var d in Enumerable.Range(2, 55).Where(d => d is < 20 or > 30 && d % 5 != 0))
        {
            float[] own = [.. Enumerable.Range(0, 5).Select(_ => random.NextSingle())];
            for (var t = 0; t < 5; t++)
            {
                matrix[t, d] = own[t];
            }

            spilled.Add(d, own);
        }
        spilled.Exclude(33);
        matrix.Exclude(33);
        foreach (var t in (int[])[4, 0, 2, 2, 1, 3])
        {
            Assert.Equal(matrix.Row(t).ToArray(), spilled.Row(t).ToArray());
        }

        Assert.Equal((5, 60), (spilled.Targets, spilled.Documents));
    }

    [Fact]
    public void Add_OutOfOrderOrOfAnotherLength_IsRefused()
    {
        using var spilled = new SpilledScores(_directory["scores"], 2, 9);
        spilled.Add(4, [1, 2]);
        Assert.Throws<ArgumentException>(() => spilled.Add(4, [1, 2]));
        Assert.Throws<ArgumentException>(() => spilled.Add(5, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => spilled.Row(2).Length);
    }

    [Fact]
    public void Create_PlaceThatCannotBeWritten_SaysWhereAndHowMuch()
    {
        File.WriteAllText(_directory["file"], "no directory");
        var message = Assert.Throws<TdaException>(() => new SpilledScores(Path.Combine(_directory["file"], "scores"), 100, 1000)).Message;
        Assert.Contains("400", message);
        Assert.Contains("scores", message);
    }

    [Fact]
    public void Add_FourTimesTheDocuments_AllocatesNoMoreThanTheirFlagsAndARow()
    {
        const int Targets = 500, Few = 4_000;
        var (few, many) = (Allocated(Few), Allocated(4 * Few));
        // A flag and one float a document; the matrix would take 500 floats.
        Assert.InRange(many - few, 0, 3 * Few * (sizeof(float) + sizeof(bool)) + 65_536);

        long Allocated(int documents)
        {
            var own = new float[Targets];
            var before = GC.GetAllocatedBytesForCurrentThread();
            using var spilled = new SpilledScores(_directory["scores"], Targets, documents, 1 << 18);
            for (var d = 0; d < documents; d++)
            {
                spilled.Add(d, own);
            }

            for (var t = 0; t < Targets; t += 50)
            {
                Assert.Equal(0, spilled.Row(t)[documents - 1]);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Theory]
    [InlineData(Normalisation.None)]
    [InlineData(Normalisation.Cosine)]
    public void Run_LograIndex_WritesTheScoresThatTheMethodHoldsInMemory(Normalisation normalisation)
    {
        using var home = new TestHome();
        Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        var options = new AttributeOptions
        {
            Home = home.Home,
            Index = "i",
            Queries = home.Queries(),
            Run = "r",
            BatchTokens = 64,
            Force = true,
            Normalisation = normalisation,
            Top = 24,
        };
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
        Assert.Empty(Directory.EnumerateFiles(home.Home.RunsDirectory));

        using var session = ScoringSession.Open(home.Home, "i", 64, NullProgress.Instance, default);
        using var method = new LograMethod(session, new MethodOptions());
        var matrix = method.Score(QuerySet.Each(home.Queries()), normalisation, _ => { }, NullProgress.Instance, default);
        for (var t = 0; t < 3; t++)
        {
            Assert.Equal(matrix.Row(t).ToArray(), run.Scores.Row(t).ToArray());
            var own = matrix.Row(t).ToArray();
            string[] ranked = [.. Enumerable.Range(0, 24).OrderByDescending(d => own[d]).Select(session.Rows.IdOf)];
            Assert.Equal(ranked, run.Top().Where(d => d.Query == $"q{t}").Select(d => d.Id));
        }
    }
}
