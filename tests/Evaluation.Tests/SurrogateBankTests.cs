using Tda.Evaluation.Banks;
using Tda.Lab.Tests.Support;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Methods.Measured;
using Tda.TestKit;

namespace Tda.Evaluation.Tests;

/// <summary>Banks of a surrogate's retrainings (`tda datamodel train`).</summary>
public sealed class SurrogateBankTests : IDisposable
{
    private static readonly Query[] Queries = [new("q1", "the cat", " sat on the mat."), new("q2", "", "the dog ran")];

    private readonly TempDirectory _directory = new();
    private readonly Corpus _corpus;

    public SurrogateBankTests()
    {
        _corpus = TinyModels.WriteCorpus(_directory, "corpora/c", TinyModels.Sentences(30, 1));
        Distiller.Run(_corpus, [], _directory["surrogates/s"], Options());
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_EveryRetraining_IsTheSurrogateDistilledFromThatSubset()
    {
        var bank = Fill("b");
        Assert.Empty(bank.Missing);
        var texts = _corpus.Documents().Select(d => d.Text).ToArray();
        foreach (var retraining in bank.Plan.Retrainings)
        {
            var part = TinyModels.WriteCorpus(_directory, $"corpora/c{retraining.Subset}-{retraining.Seed}", texts.Where((_, d) => bank.Plan.Kept[retraining.Subset][d]));
            var again = _directory[$"surrogates/s{retraining.Subset}-{retraining.Seed}"];
            Distiller.Run(part, [], again, Options() with { Tokenizer = DistillTokenizer.Open(_directory["surrogates/s/tokenizer.json"]), Seed = retraining.TrainingSeed });
            var surrogate = Surrogate.Open(again);
            using var model = surrogate.LoadModel();
            var expected = TextBank.QueryLosses(model, Queries, surrogate.Tokenizer);
            var actual = bank.Losses(retraining)!;
            for (var q = 0; q < Queries.Length; q++)
            {
                Assert.Equal(expected[q], actual[q], 3);
            }
        }
    }

    [Fact]
    public void Run_StoppedAndInShards_GivesTheSameLosses()
    {
        var whole = Fill("whole").Outcomes();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Fill("parts", cancel: stop.Token));
        Assert.Equal(4, RetrainingBank.Open(_directory["banks/parts"]).Missing.Count);
        Fill("parts", new BankShard(1, 2));
        Assert.Equal(whole.Losses, Fill("parts", new BankShard(0, 2)).Outcomes().Losses);
    }

    [Fact]
    public void Run_Bank_NamesCorpusSurrogateAndQueries()
    {
        var inputs = Fill("b").Manifest.Inputs;
        Assert.Equal(_corpus.ContentHash, inputs["corpus c"]);
        Assert.Contains("surrogates/s", inputs.Keys);
        Assert.Equal(BankOutcomes.HashOf(Queries[1]), inputs["query q2"]);
    }

    [Fact]
    public void Run_SurrogateThatCannotBeRepeated_IsRefused()
    {
        Distiller.Run(_corpus, [], _directory["surrogates/next"], new DistillOptions { Base = DistillBase.Open(_directory["surrogates/s"]), Training = TinyModels.Training with { Epochs = 1 } });
        Assert.Contains("which surrogates/s learned before", Assert.Throws<UsageException>(() => Fill("b", surrogate: "next")).Message);
        TinyModels.WriteCorpus(_directory, "corpora/other", TinyModels.Sentences(20, 9));
        Assert.Contains("'other'", Assert.Throws<BadInputException>(() => Fill("b", corpus: "other")).Message);
    }

    [Fact]
    public void AdaptivePlan_AfterSomeMeasurements_IsAFunctionOfThemAndTheSeed()
    {
        var random = SplitMix64.Of(2);
        bool[][] kept = [.. Enumerable.Range(0, 20).Select(m => BankPlan.Half(30, 1, m))];
        double[] effects = [.. Enumerable.Range(0, 30).Select(_ => random.NextNormal())];
        var measured = new RetrainingOutcomes(
            [.. Enumerable.Range(0, 30).Select(d => $"d{d}")], ["q"], kept,
            [.. kept.Select(k => (double[][])[[effects.Where((_, d) => k[d]).Sum() + random.NextNormal()]])]);
        var plan = AdaptivePlan.Of(measured, 6, 2, 5, seed: 1);
        plan.Validate();
        Assert.Equal((BankKind.AdaptiveHalves, 2, 6), (plan.Kind, plan.Seeds, plan.Kept.Count));
        Assert.All(plan.Kept, k => Assert.Equal(15, k.Count(x => x)));
        Assert.Equal(plan.Kept, AdaptivePlan.Of(measured, 6, 2, 5, seed: 1).Kept);
        Assert.NotEqual(plan.Kept, AdaptivePlan.Of(measured, 6, 2, 5, seed: 2).Kept);
        var constant = measured with { Losses = [.. kept.Select(_ => (double[][])[[1.0]])] };
        Assert.Contains("nothing to choose by", Assert.Throws<UsageException>(() => AdaptivePlan.Of(constant, 6, 2, 5, 1)).Message);
    }

    private static DistillOptions Options() => new()
    {
        Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 280, HiddenSize = 16, Layers = 1, Heads = 2, IntermediateSize = 24, MaxPositions = 32 },
        VocabularySize = 280,
        Training = TinyModels.Training with { Epochs = 2 },
    };

    private RetrainingBank Fill(string name, BankShard? shard = null, string surrogate = "s", string corpus = "c", CancellationToken cancel = default) => TextBank.Run(
        new TextBankOptions
        {
            OutputDirectory = _directory[$"banks/{name}"],
            CorpusDirectory = _directory[$"corpora/{corpus}"],
            SurrogateDirectory = _directory[$"surrogates/{surrogate}"],
            Queries = Queries,
            Plan = (documents, queries) => BankPlan.HalfSubsets(documents, queries, 2, 2),
            Shard = shard ?? BankShard.Whole,
        },
        TimeProvider.System, NullProgress.Instance, cancel);
}
