using Tda.Evaluation.Pbrf;
using Tda.Scoring.Methods;

namespace Tda.Evaluation.Tests;

public class PbrfGraderTests
{
    [Fact]
    public void Grade_ScoresThatAreTheResponses_IsOneAndTurnedMinusOne()
    {
        var scores = new ScoreMatrix(2, 6);
        float[][] rows = [[1, 4, 2, 8, 5, 7], [3, 1, 4, 1, 5, 9]];
        for (var t = 0; t < 2; t++)
        {
            rows[t].CopyTo(scores.Row(t));
        }

        int[] chosen = [1, 2, 4, 5];
        var same = Responses(chosen, (d, t) => 10 * rows[t][d] + 3);
        var grade = PbrfGrader.Grade(scores, same);
        Assert.Equal(1, grade.Pearson.Value, 9);
        Assert.Equal(1, grade.Spearman.Value, 9);
        Assert.Equal((4, 2, 1, .25), (grade.Documents, grade.Queries, grade.NotConverged, grade.Damping));
        Assert.Equal(-1, PbrfGrader.Grade(scores, Responses(chosen, (d, t) => -rows[t][d])).Pearson.Value, 9);
    }

    [Fact]
    public void Grade_DocumentsSetApart_AreLeftOutOnBothSides()
    {
        var scores = new ScoreMatrix(1, 5);
        for (var d = 0; d < 5; d++)
        {
            scores[0, d] = d;
        }

        scores.Exclude(4);
        var grade = PbrfGrader.Grade(scores, Responses([0, 1, 2, 3, 4], (d, _) => d == 0 ? double.NaN : d));
        Assert.Equal((3, 1.0), (grade.Documents, Math.Round(grade.Pearson.Value, 9)));
        Assert.Throws<BadInputException>(() => PbrfGrader.Grade(scores, Responses([0, 1, 4], (d, _) => d)));
    }

    [Fact]
    public void Draw_SeedAndCount_AreKept()
    {
        var drawn = PbrfGrader.Draw(100, 7, seed: 3);
        Assert.Equal(7, drawn.Distinct().Count());
        Assert.Equal(drawn.Order(), drawn);
        Assert.Equal(drawn, PbrfGrader.Draw(100, 7, seed: 3));
        Assert.NotEqual(drawn, PbrfGrader.Draw(100, 7, seed: 4));
        Assert.Equal(4, PbrfGrader.Draw(4, 9, seed: 0).Count);
    }

    private static PbrfResult Responses(int[] documents, Func<int, int, double> change) => new(
        documents, [.. documents.Select(d => (IReadOnlyList<double>)[.. Enumerable.Range(0, 2).Select(t => change(d, Math.Min(t, 1)))])],
        [.. documents.Select((_, i) => i > 0)], .25, .01);
}
