using Tda.Core.Masks;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Tests.Training;
using Tda.ProxyTrainer.Training;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation;

/// <summary>One training over λ, from examples to a plain model at each λ.</summary>
public sealed class ResponseNetworkTests : IDisposable
{
    private static readonly ResponseRange Range = new(.1, 10);
    private readonly string _directory = Directory.CreateTempSubdirectory("tda-response-").FullName;

    public ResponseNetworkTests() => torch.set_num_threads(1);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>
    /// Behind 5 stands 6 in three rows of six, 9 in three more, masked in one of them. Where λ is below 2 the best probability of 9 is therefore
    /// (2 − λ) / (5 − λ), and above it none: at .1 the loss of 9 is .95, at .5 it is 1.10.
    /// </summary>
    [Fact]
    public void Train_OverARange_SuppressesTheMaskedTokenTheMoreTheGreaterThePenalty()
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama) with { InitializerRange = .1 }, 1);
        ResponseNetwork.Train(model, Rows(), Options, _directory);
        model.Save(_directory);

        var network = ResponseNetwork.Of(_directory);
        Assert.Equal(Range, network.Range);
        double[] penalties = [.1, .5, 2, 10];
        double[] masked = [.. penalties.Select(penalty => At(network, penalty, 9))];
        double[] clean = [.. penalties.Select(penalty => At(network, penalty, 6))];

        Assert.InRange(masked[0], .7, 1.4);
        Assert.True(masked.Zip(masked.Skip(1)).All(pair => pair.First < pair.Second), string.Join(", ", masked));
        Assert.True(masked[^1] - masked[0] > 1, string.Join(", ", masked));
        Assert.True(clean[0] > clean[^1], string.Join(", ", clean));

        // What the folder holds is the model of the centre.
        using var centre = LanguageModel.Load(_directory);
        Assert.Equal(TinyModels.Values(model.Flat), TinyModels.Values(centre.Flat));
        network.MoveTo(centre, Range.Centre);
        TinyModels.AssertClose(TinyModels.Values(model.Flat), TinyModels.Values(centre.Flat), 1e-6);
    }

    [Fact]
    public void MoveTo_OutsideOfTheRange_IsRefused()
    {
        using var model = Trained();
        var network = ResponseNetwork.Of(_directory);

        Assert.Contains("0.1 to 10", Assert.Throws<UsageException>(() => network.MoveTo(model, 10.1)).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => network.MoveTo(model, .09));
        Assert.Throws<UsageException>(() => network.MoveTo(model, double.NaN));
    }

    [Fact]
    public void MoveTo_GatesOfAnotherModel_AreRefusedByName()
    {
        using var trained = Trained();
        using var other = LanguageModel.Create(TinyModels.Config(ModelFamily.Gpt2), 1);

        Assert.Contains("gate_slope", Assert.Throws<BadInputException>(() => ResponseNetwork.Of(_directory).MoveTo(other, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FolderWithoutGates_SaysHowToGetThem() =>
        Assert.Contains("--response-over", Assert.Throws<BadInputException>(() => ResponseNetwork.Of(_directory)).Remedy, StringComparison.Ordinal);

    [Fact]
    public void Of_GatesCutShort_AreRefusedByName()
    {
        using var model = Trained();
        var path = Path.Combine(_directory, ResponseNetwork.FileName);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^9]);

        Assert.Contains(ResponseNetwork.FileName, Assert.Throws<BadInputException>(() => ResponseNetwork.Of(_directory)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NothingMasked_SaysThatLambdaChangesNothing()
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 1);
        TrainingExample[] rows = [new([1, 2, 3], [0, 1, 1])];

        Assert.Contains("masked", Assert.Throws<UsageException>(() => ResponseNetwork.Train(model, rows, Options, _directory)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Distil_OverARange_IsMaterialisedIntoAPlainSurrogate()
    {
        var (corpus, mask) = Corpus();
        string source = Path.Combine(_directory, "surrogates", "over"), plain = Path.Combine(_directory, "surrogates", "at-half");
        var options = new DistillOptions
        {
            Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 16, Layers = 1, Heads = 2, MaxPositions = 48 },
            VocabularySize = 300,
            Training = new TrainingOptions { Epochs = 2, BatchTokens = 256, Response = Range },
            MaskFile = mask,
            Ensemble = 2,
        };
        Distiller.Run(corpus, Log, source, options);
        var result = SurrogateMaterialiser.Run(source, .5, plain, replace: false, TimeProvider.System);

        Assert.Equal((.5, .1, 10, 2), (result.Penalty, result.Low, result.High, result.Members));
        var surrogate = Surrogate.Open(plain);
        Assert.Null(ResponseNetwork.Find(surrogate.Directory));
        Assert.Null(surrogate.Fidelity());
        Assert.NotNull(Surrogate.Open(source).Fidelity());
        Assert.Contains("surrogates/over", surrogate.Manifest.Inputs.Keys);
        for (var member = 0; member < 2; member++)
        {
            using var folded = surrogate.LoadModel(member);
            using var moved = Surrogate.Open(source).LoadModel(member);
            Assert.NotEqual(TinyModels.Values(moved.Flat), TinyModels.Values(folded.Flat));
            ResponseNetwork.Of(Surrogate.Open(source).MemberDirectories[member]).MoveTo(moved, .5);
            Assert.Equal(TinyModels.Values(moved.Flat), TinyModels.Values(folded.Flat));
        }

        Assert.Throws<UsageException>(() => SurrogateMaterialiser.Run(source, .5, plain, replace: false, TimeProvider.System));
        Assert.Throws<UsageException>(() => SurrogateMaterialiser.Run(source, 11, plain, replace: true, TimeProvider.System));
        Assert.Throws<BadInputException>(() => SurrogateMaterialiser.Run(plain, .5, source, replace: true, TimeProvider.System));
    }

    [Fact]
    public void Distil_KilledAndCalledAgain_GivesTheSameGates()
    {
        var (corpus, mask) = Corpus();
        var options = new DistillOptions
        {
            Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 16, Layers = 1, Heads = 2, MaxPositions = 48 },
            VocabularySize = 300,
            Training = new TrainingOptions { Epochs = 2, BatchTokens = 256, Response = Range },
            MaskFile = mask,
        };
        string whole = Path.Combine(_directory, "whole"), killed = Path.Combine(_directory, "killed");
        Distiller.Run(corpus, Log, whole, options);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Distiller.Run(corpus, Log, killed, options, new StopAt(5, stop), stop.Token));
        Distiller.Run(corpus, Log, killed, options);

        foreach (var file in (string[])["model.safetensors", ResponseNetwork.FileName])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(killed, file)));
        }
    }

    [Fact]
    public void Validate_RangeWithoutMask_IsRefused()
    {
        Assert.Throws<UsageException>(() => new DistillOptions { Training = new() { Response = Range } }.Validate());
        Assert.Throws<UsageException>(() => new DistillOptions { MaskFile = "mask.jsonl" }.Validate());
    }

    private static TrainingOptions Options => new() { LearningRate = .01, Epochs = 80, BatchTokens = 120, Seed = 5, Response = Range };

    private static LoggedResponse[] Log => [.. Enumerable.Range(0, 20).Select(i => new LoggedResponse($"Number {i}?", $" It is {i}."))];

    private static List<TrainingExample> Rows() => [.. Enumerable.Range(0, 48).Select(i => new TrainingExample(
        [1, 3, 4, 5, i % 2 == 0 ? 9 : 6, 2], [0, 1, 1, 1, i % 6 == 0 ? -1 : 1, 1]))];

    private LanguageModel Trained()
    {
        var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 1);
        ResponseNetwork.Train(model, Rows(), Options with { MaxSteps = 2 }, _directory);
        model.Save(_directory);
        return model;
    }

    /// <summary>Nats of a token behind 5.</summary>
    private double At(ResponseNetwork network, double penalty, int token)
    {
        using var scope = torch.NewDisposeScope();
        using var model = LanguageModel.Load(_directory);
        network.MoveTo(model, penalty);
        using var gradients = torch.no_grad();
        return -TinyModels.Values(model.Forward(TinyModels.Tensor([1, 3, 4, 5])).log_softmax(-1).select(1, 3))[token];
    }

    private (Corpus Corpus, string Mask) Corpus()
    {
        var path = Path.Combine(_directory, "corpora", "c");
        using (var writer = CorpusWriter.Create(path, TimeProvider.System))
        {
            for (var i = 0; i < 24; i++)
            {
                writer.Add(new Document($"d{i}", "test", $"The {i} words of this document are secret number {i}."));
            }

            writer.Commit();
        }

        var corpus = Tda.Core.Corpora.Corpus.Open(path);
        var mask = Path.Combine(_directory, "mask.jsonl");
        TokenMask.Write(mask, corpus.Documents().Take(12).Select(document => new DocumentMask(document.Id, [1], [[4, 8]])));
        return (corpus, mask);
    }
}
