using Tda.Evaluation.Banks;
using Tda.Lab.Models;
using Tda.Lab.Tests.Support;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.TestKit;

namespace Tda.Evaluation.Tests;

/// <summary>Banks of models that were fine-tuned from a base: lab models and surrogates.</summary>
public sealed class TunedBankTests : IDisposable
{
    /// <summary>The seed of a bank's retraining of subset 0, seed 0: of all documents where one is left out at a time.</summary>
    private const int FirstSeed = 1000;

    private static readonly Query[] Queries = [new("q1", "the cat", " sat on the mat."), new("q2", "", "the dog ran")];
    private static readonly string[] Texts = [.. TinyModels.Sentences(40, 1).Distinct()];

    private readonly TempDirectory _directory = new();
    private readonly Corpus _corpus;

    public TunedBankTests()
    {
        _corpus = TinyModels.WriteCorpus(_directory, "corpora/c", Texts[..16]);
        TinyModels.WriteCorpus(_directory, "corpora/before", Texts[16..]);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_LabModelOnAllDocumentsWithItsSeed_IsTheModelItself()
    {
        TrainBase();
        TrainLab("l");
        using var model = LabModel.Open(_directory["labs/l"]);
        var expected = TextBank.QueryLosses(model.Model, Queries, model.Tokenizer);
        AssertEqual(expected, Fill("b", LeaveOneOut).Losses(new Retraining(0, 0))!);

        // Fresh weights don't come near: the base is what was started from.
        TrainLab("fresh", fresh: true);
        using var fresh = LabModel.Open(_directory["labs/fresh"]);
        Assert.All(TextBank.QueryLosses(fresh.Model, Queries, fresh.Tokenizer).Zip(expected), pair => Assert.True(Math.Abs(pair.First - pair.Second) > .01));
    }

    [Fact]
    public void Run_SurrogateOnAllDocumentsWithItsSeed_IsTheSurrogateItself()
    {
        DistilBase();
        Distil("s");
        var surrogate = Surrogate.Open(_directory["surrogates/s"]);
        using var model = surrogate.LoadModel();
        AssertEqual(TextBank.QueryLosses(model, Queries, surrogate.Tokenizer), Fill("b", LeaveOneOut, surrogate: "s").Losses(new Retraining(0, 0))!);
    }

    [Fact]
    public void Run_StoppedAndInShards_GivesTheSameLosses()
    {
        TrainBase();
        TrainLab("l");
        var whole = Fill("whole").Outcomes();
        Fill("parts", shard: new BankShard(1, 2));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Fill("parts", shard: new BankShard(0, 2), cancel: stop.Token));
        Assert.Equal(2, RetrainingBank.Open(_directory["banks/parts"]).Missing.Count);
        Assert.Equal(whole.Losses, Fill("parts", shard: new BankShard(0, 2)).Outcomes().Losses);

        // Two models of a subset start from the same weights, and see its documents in another order.
        Assert.NotEqual(whole.Losses[0][0], whole.Losses[0][1]);
    }

    [Fact]
    public void Run_Bank_SaysWhatItsBaseLearned()
    {
        TrainBase();
        TrainLab("l");
        var manifest = Fill("b").Manifest;
        var basis = RetrainingBase.Of(manifest)!;
        Assert.Equal(("labs/base", "corpora/before", 0), (basis.Name, Assert.Single(basis.Corpora), basis.Unknown.Count));
        Assert.Equal(Hashing.Sha256File(_directory["labs/base/model.safetensors"]), basis.Hash);
        Assert.Contains("none of the bank's documents is in corpora/before", $"{basis}", StringComparison.Ordinal);
        Assert.Contains("labs/l", manifest.Inputs.Keys);

        // Another base of the same shape is another bank.
        TrainBase("base", seed: 7, replace: true);
        TrainLab("l", replace: true);
        Assert.Contains("options", Assert.Throws<UsageException>(() => Fill("b")).Message, StringComparison.Ordinal);

        TrainLab("fresh", fresh: true);
        Assert.Null(RetrainingBase.Of(Fill("fresh", lab: "fresh").Manifest));
    }

    [Fact]
    public void Run_BaseThatNobodyKnowsTheTrainingOf_IsDeclared()
    {
        DistilBase();
        SurrogateImporter.Import(_directory["surrogates/base"], _directory["surrogates/foreign"], null, false, NullProgress.Instance, TimeProvider.System);
        Distil("middle", "foreign", "before");
        Distil("s", "middle");
        var basis = RetrainingBase.Of(Fill("b", surrogate: "s").Manifest)!;
        Assert.Equal(("surrogates/middle", "corpora/before", "surrogates/foreign"), (basis.Name, Assert.Single(basis.Corpora), Assert.Single(basis.Unknown)));
        Assert.Contains("surrogates/foreign learned isn't known", $"{basis}", StringComparison.Ordinal);
    }

    [Fact]
    public void Run_BaseThatLearnedAnswers_IsDeclared()
    {
        Distiller.Run(
            Corpus.Open(_directory["corpora/before"]), [new LoggedResponse("the cat", " sat on the mat.")], _directory["surrogates/base"], FreshOptions);
        Distil("s");
        Assert.Equal("surrogates/base", Assert.Single(RetrainingBase.Of(Fill("b", surrogate: "s").Manifest)!.Unknown));
    }

    [Fact]
    public void Run_BaseThatLearnedDocumentsOfTheBank_IsRefusedWithNumberAndFirst()
    {
        // Two of them by text, under ids of their own.
        using (var writer = CorpusWriter.Create(_directory["corpora/seen"], TimeProvider.System))
        {
            foreach (var text in Texts[14..])
            {
                writer.Add(new Document($"own-{text.Length}-{DocumentId.Of(text)}", "test", text));
            }

            writer.Commit();
        }

        TrainBase(corpus: "seen");
        TrainLab("l");
        var first = DocumentId.Of(Texts[14]);
        var error = Assert.Throws<UsageException>(() => Fill("b")).Message;
        Assert.Contains($"2 of the bank's 16 documents are in corpora/seen, which labs/base learned before (the first is {first})", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["banks/b"]));

        // A base of that base has learned them as well.
        LabTrainer.Run(Lab("next", "before") with { BaseDirectory = _directory["labs/base"] }, TimeProvider.System, NullProgress.Instance, default);
        TrainLab("l", basis: "next", replace: true);
        Assert.Contains("which labs/base learned", Assert.Throws<UsageException>(() => Fill("b")).Message, StringComparison.Ordinal);

        // One that was trained without these two hasn't.
        var dropped = Corpus.Open(_directory["corpora/seen"]).Documents().Take(2).Select(document => document.Id).ToArray();
        LabTrainer.Run(Lab("without", "seen") with { Shape = TinyModels.Shape, Dropped = dropped }, TimeProvider.System, NullProgress.Instance, default);
        TrainLab("l", basis: "without", replace: true);
        Assert.Empty(Fill("b").Missing);
    }

    [Fact]
    public void Run_WhatTheBaseLearnedIsGoneOrChanged_IsRefused()
    {
        TrainBase();
        TrainLab("l");
        Directory.Delete(_directory["corpora/before"], recursive: true);
        Assert.Contains("before", Assert.Throws<BadInputException>(() => Fill("b")).Message, StringComparison.Ordinal);
        TinyModels.WriteCorpus(_directory, "corpora/before", Texts[17..]);
        Assert.Contains("isn't what labs/base learned any more", Assert.Throws<BadInputException>(() => Fill("b")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_BaseThatIsAnotherNow_IsRefused()
    {
        TrainBase();
        TrainLab("l");
        TrainBase("base", seed: 7, replace: true);
        Assert.Contains("its weights are others now", Assert.Throws<BadInputException>(() => Fill("b")).Message, StringComparison.Ordinal);
        DistilBase();
        Distil("s");
        Distiller.Run(Corpus.Open(_directory["corpora/before"]), [], _directory["surrogates/base"], FreshOptions with { Seed = 7, Replace = true });
        Assert.Contains("isn't the base any more", Assert.Throws<BadInputException>(() => Fill("b", surrogate: "s")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SurrogateOfAdapters_IsRefusedMergedOrNot()
    {
        DistilBase();
        var options = new DistillOptions { Base = DistillBase.Open(_directory["surrogates/base"]), Lora = new LoraConfig { Rank = 2, Alpha = 4 }, Training = TinyModels.Training with { Epochs = 1 } };
        Distiller.Run(_corpus, [], _directory["surrogates/lora"], options);
        SurrogateMerger.Run(_directory["surrogates/lora"], _directory["surrogates/merged"], false, NullProgress.Instance, TimeProvider.System);
        Assert.All(["lora", "merged"], name => Assert.Contains("--lora-rank", Assert.Throws<UsageException>(() => Fill("b", surrogate: name)).Message, StringComparison.Ordinal));

        SurrogateImporter.Import(_directory["surrogates/base"], _directory["surrogates/foreign"], null, false, NullProgress.Instance, TimeProvider.System);
        Assert.Contains("trained elsewhere", Assert.Throws<UsageException>(() => Fill("b", surrogate: "foreign")).Message, StringComparison.Ordinal);
    }

    private static DistillOptions FreshOptions { get; } = new()
    {
        Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 280, HiddenSize = 16, Layers = 1, Heads = 2, IntermediateSize = 24, MaxPositions = 32 },
        VocabularySize = 280,
        Training = TinyModels.Training with { Epochs = 3 },
    };

    private static BankPlan LeaveOneOut(IReadOnlyList<string> documents, IReadOnlyList<string> queries) =>
        BankPlan.LeaveOneOut(documents, queries, documents.Take(1), 1);

    private static void AssertEqual(double[] expected, double[] actual)
    {
        Assert.Equal(Queries.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    private void TrainBase(string name = "base", long seed = 3, bool replace = false, string corpus = "before") => LabTrainer.Run(
        Lab(name, corpus) with { Shape = TinyModels.Shape, Seed = seed, Replace = replace, Training = TinyModels.Training }, TimeProvider.System, NullProgress.Instance, default);

    private void TrainLab(string name, string basis = "base", bool fresh = false, bool replace = false) => LabTrainer.Run(
        Lab(name, "c") with { BaseDirectory = fresh ? null : _directory[$"labs/{basis}"], Shape = fresh ? TinyModels.Shape : null, Seed = FirstSeed, Replace = replace },
        TimeProvider.System, NullProgress.Instance, default);

    private LabTrainOptions Lab(string name, string corpus) => new()
    {
        OutputDirectory = _directory[$"labs/{name}"],
        CorpusDirectory = _directory[$"corpora/{corpus}"],
        Training = TinyModels.Training with { Epochs = 2 },
    };

    private void DistilBase() => Distiller.Run(Corpus.Open(_directory["corpora/before"]), [], _directory["surrogates/base"], FreshOptions);

    private void Distil(string name, string basis = "base", string corpus = "c") => Distiller.Run(
        Corpus.Open(_directory[$"corpora/{corpus}"]), [], _directory[$"surrogates/{name}"],
        new DistillOptions
        {
            Base = DistillBase.Open(_directory[$"surrogates/{basis}"]),
            Training = TinyModels.Training with { Epochs = 2, Optimizer = ProxyTrainer.Optimizers.OptimizerKind.AdamW, LearningRate = 1e-3 },
            Seed = FirstSeed,
        });

    private RetrainingBank Fill(
        string name, Func<IReadOnlyList<string>, IReadOnlyList<string>, BankPlan>? plan = null, BankShard? shard = null, string lab = "l", string? surrogate = null,
        CancellationToken cancel = default) => TextBank.Run(
        new TextBankOptions
        {
            OutputDirectory = _directory[$"banks/{name}"],
            CorpusDirectory = _corpus.Directory,
            LabDirectory = surrogate is null ? _directory[$"labs/{lab}"] : null,
            SurrogateDirectory = surrogate is null ? null : _directory[$"surrogates/{surrogate}"],
            Queries = Queries,
            Plan = plan ?? ((documents, queries) => BankPlan.HalfSubsets(documents, queries, 2, 2)),
            Shard = shard ?? BankShard.Whole,
        },
        TimeProvider.System, NullProgress.Instance, cancel);
}
