using Tda.Evaluation.Banks;
using Tda.Lab.Models;
using Tda.Lab.Tests.Support;
using Tda.Lab.Training;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Evaluation.Tests;

public sealed class TextBankTests : IDisposable
{
    private static readonly Query[] Queries = [new("q1", "the cat", " sat on the mat."), new("q2", "", "the dog ran"), new("q3", "the hen hid by", " the barn.")];

    private readonly TempDirectory _directory = new();
    private readonly Corpus _corpus;

    public TextBankTests() => _corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(30, 1));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_EveryRetraining_AnswersAsTheLabModelTrainedOnThatSubset()
    {
        Train("lab");
        var bank = Fill("bank");

        Assert.Empty(bank.Missing);
        var outcomes = bank.Outcomes();
        foreach (var retraining in bank.Plan.Retrainings)
        {
            string[] kept = [.. bank.Plan.Documents.Where((_, d) => bank.Plan.Kept[retraining.Subset][d])];
            var name = $"again-{retraining.Subset}-{retraining.Seed}";
            Train(name, kept, retraining.TrainingSeed);
            using var model = LabModel.Open(_directory[name]);
            for (var q = 0; q < Queries.Length; q++)
            {
                Assert.Equal(Loss(model, Queries[q]), outcomes.Losses[retraining.Subset][retraining.Seed][q], 3);
            }
        }
    }

    [Fact]
    public void Run_StoppedAndInShards_GivesTheSameLosses()
    {
        Train("lab");
        var whole = Fill("whole").Outcomes();
        Fill("parts", new BankShard(1, 2));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Fill("parts", new BankShard(0, 2), stop.Token));
        Assert.Equal(2, RetrainingBank.Open(_directory["parts"]).Missing.Count);
        var parts = Fill("parts", new BankShard(0, 2)).Outcomes();
        Assert.Equal(whole.Losses, parts.Losses);
    }

    [Fact]
    public void Run_CorpusOfAnotherModel_IsRefused()
    {
        Train("lab");
        TinyModels.WriteCorpus(_directory, "other", TinyModels.Sentences(20, 9));
        Assert.Contains("'other'", Assert.Throws<BadInputException>(() => Fill("bank", corpusName: "other")).Message, StringComparison.Ordinal);
    }

    private RetrainingBank Fill(string name, BankShard? shard = null, CancellationToken cancel = default, string corpusName = "corpus") => TextBank.Run(
        new TextBankOptions
        {
            OutputDirectory = _directory[name],
            CorpusDirectory = _directory[corpusName],
            LabDirectory = _directory["lab"],
            Queries = Queries,
            Plan = (documents, queries) => BankPlan.HalfSubsets(documents, queries, 2, 2),
            Shard = shard ?? BankShard.Whole,
        },
        TimeProvider.System, NullProgress.Instance, cancel);

    private void Train(string name, string[]? only = null, long seed = 0) =>
        LabTrainer.Run(Options(name) with { Only = only, Seed = seed }, TimeProvider.System, NullProgress.Instance, default);

    private LabTrainOptions Options(string name) => new()
    {
        OutputDirectory = _directory[name],
        CorpusDirectory = _corpus.Directory,
        Shape = TinyModels.Shape,
        Training = TinyModels.Training with { Epochs = 3 },
    };

    /// <summary>Token by token: Σ −log p(completion token | all before it).</summary>
    private static double Loss(LabModel model, Query query)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        List<int> tokens = [model.Tokenizer.BosId, .. model.Tokenizer.Encode(query.Prompt)];
        double loss = 0;
        foreach (var token in model.Tokenizer.Encode(query.Completion))
        {
            var logits = model.Model.Forward(tensor(tokens.Select(t => (long)t).ToArray(), [1, tokens.Count]));
            loss -= logits.reshape(-1, model.VocabularySize).select(0, tokens.Count - 1).to_type(ScalarType.Float64).log_softmax(0).select(0, token).item<double>();
            tokens.Add(token);
        }
        return loss;
    }
}
