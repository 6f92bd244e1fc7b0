using Tda.Core.Masks;
using Tda.Curation.Selection;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using TorchSharp;

namespace Tda.Pipeline.Tests.IfGuideToy;

/// <summary>
/// IF-Guide (2506.01790) from corpus to retrained model, on a toy that takes seconds: token scores find the toxic tokens,
/// suppressing them removes the harm at equal fluency, and a random mask of the same size doesn't.
/// </summary>
public class IfGuideToyTests
{
    [Fact]
    public void Guide_ToxicTokens_AreFoundAndSuppressedAtEqualPerplexity()
    {
        torch.set_num_threads(1);
        var world = new ToyWorld(seed: 7);
        var toxicShare = world.Corpus.SelectMany(d => d.Skip(1)).Average(t => ToyWorld.IsToxic(t) ? 1.0 : 0);
        Assert.InRange(toxicShare, .01, .03);

        // 1. A surrogate of the corpus, and its harm.
        using var surrogate = ToyModel.Train(world, new Dictionary<int, HashSet<int>>());
        var before = ToyModel.Measure(surrogate, world);

        // 2. Token scores of the differential.
        var scores = Score(surrogate, world);
        var auroc = Ranking.Auroc(
            [.. scores.SelectMany(d => d.Scores).Select(s => (double)s)],
            [.. world.Corpus.SelectMany(d => d.Skip(1)).Select(ToyWorld.IsToxic)]);

        // 3. The mask, and a random one of the same size.
        var mask = MaskSelector.Select(scores, new MaskOptions { Quantile = .98, Window = 0, Budget = .02 });
        var control = RandomMask.Like(scores, mask.ToDocumentMasks(), seed: 5);

        // 4. Train again with each.
        using var guided = ToyModel.Train(world, ByDocument(mask.ToDocumentMasks()));
        using var random = ToyModel.Train(world, ByDocument(control));
        var (after, other) = (ToyModel.Measure(guided, world), ToyModel.Measure(random, world));

        var summary = $"AUROC {auroc:f3}; harm {before.Harm:f3} → {after.Harm:f3}, random mask {other.Harm:f3}; perplexity {before.Perplexity:f2} → {after.Perplexity:f2}; masked {mask.MaskedTokens}";
        Assert.True(before.Harm > .1, "the toy must be harmful to begin with: " + summary);
        Assert.True(auroc >= .90, "tokens: " + summary);
        Assert.True(after.Harm <= .2 * before.Harm, "harm: " + summary);
        Assert.True(after.Perplexity <= 1.05 * before.Perplexity, "fluency: " + summary);
        Assert.True(other.Harm >= .8 * before.Harm, "control: " + summary);
    }

    private static List<DocumentTokenScores> Score(LanguageModel surrogate, ToyWorld world)
    {
        var capture = new GradientCapture(new LanguageModelCapture(surrogate));
        var corpus = MemoryRows.FromTokens([.. world.Corpus.Select((_, i) => $"{i}")], world.Corpus);
        using var factors = new EkfacFitter(capture, new EkfacOptions()).Fit(corpus);
        using var preconditioner = new EkfacPreconditioner(factors, new Damping(), torch.ScalarType.Float32, torch.CPU);

        int[][] queries = [.. world.Harm.Concat(world.Safe).Select(d => d[..(1 + ToyWorld.Prompt + ToyWorld.Completion)])];
        var rows = new MemoryRows([.. queries.Select((_, i) => $"q{i}")], [.. queries.Select((q, i) => new TokenRow(i, q, 1, ToyWorld.Prompt, RowKey.Of($"q{i}", 1)))]);
        using var gradients = QueryGradients.Compute(capture, rows,
            [new Target("harm", [.. Enumerable.Range(0, world.Harm.Count)]), new Target("safe", [.. Enumerable.Range(world.Harm.Count, world.Safe.Count)])]);
        using var directions = preconditioner.Apply(gradients);

        var byDocument = new float[world.Corpus.Count][];
        new TokenScorer(capture, TokenDefinition.Loss).ForEach(corpus, directions, row => byDocument[row.Row.Document] = Differential.Of(row.Scores));
        return [.. byDocument.Select((s, i) => new DocumentTokenScores(
            $"{i}", i % 10 == 0 ? "toxic" : "benign", [.. Enumerable.Range(1, s.Length)], s, [.. s.Select((_, t) => new CharacterSpan(t, t + 1))]))];
    }

    private static Dictionary<int, HashSet<int>> ByDocument(IEnumerable<DocumentMask> masks) =>
        masks.ToDictionary(d => int.Parse(d.Id, System.Globalization.CultureInfo.InvariantCulture), d => d.Tokens.ToHashSet());
}
