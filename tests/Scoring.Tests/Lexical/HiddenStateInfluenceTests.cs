using Tda.Core.Progress;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Capture;
using Tda.Scoring.Indexing;
using Tda.Scoring.Lexical;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Lexical;

public class HiddenStateInfluenceTests
{
    [Fact]
    public void Score_SplitDocuments_EqualsCosineOfMeansOneRowAtATime()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama);
        var rows = Rows.Split(6, 3, 11);
        var query = new TokenRow(0, [0, 3, 4, 2, 5, 1], 1, 2, 9);
        var scores = Run(model, rows, query, 40);
        var wanted = State(model, query, 2);
        for (var d = 0; d < 6; d++)
        {
            var own = Enumerable.Range(0, rows.RowCount).Where(r => rows.DocumentOf(r) == d).Select(r => State(model, rows.Load(r), 0)).ToArray();
            var sum = own[0].Select((_, i) => own.Sum(s => s[i])).ToArray();
            Assert.Equal(Dot(sum, wanted) / Math.Sqrt(Dot(sum, sum) * Dot(wanted, wanted)), scores[0, d], 5);
        }
    }

    [Fact]
    public void Score_BatchSize_DoesNotChangeScores()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Gpt2);
        var rows = Rows.Split(6, 3, 11);
        var query = new TokenRow(0, [0, 3, 4, 2, 5, 1], 1, 2, 9);
        var (one, many) = (Run(model, rows, query, 1), Run(model, rows, query, 1000));
        for (var d = 0; d < 6; d++) Assert.Equal(one[0, d], many[0, d], 5);
    }

    private static ScoreMatrix Run(LanguageModel model, IRowSource rows, TokenRow query, int batchTokens)
    {
        using var influence = new HiddenStateInfluence(new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = batchTokens }), rows.RowCount);
        return influence.Score(rows, new MemoryRows(["q"], [query]), [new Target("q", [0])], Normalisation.None, (ExcludedDocument _) => { }, NullProgress.Instance, default);
    }

    // What the last MLP reads, summed over positions from the given one on.
    private static double[] State(LanguageModel model, TokenRow row, int from)
    {
        var capture = new LanguageModelCapture(model);
        using var forward = capture.Forward(tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64));
        var last = Enumerable.Range(0, capture.Modules.Count).Last(m => capture.Modules[m].Name.Contains("up_proj") || capture.Modules[m].Name.Contains("c_fc"));
        var states = forward.Inputs[last].detach().squeeze(0);
        return Numbers.Of(states.narrow(0, from, row.Positions - from).sum([0L]));
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();
}
