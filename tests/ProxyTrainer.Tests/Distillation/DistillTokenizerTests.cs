using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.ChatTemplates;
using Tda.ProxyTrainer.Tests.Tokenization;
using Tda.ProxyTrainer.Tests.Training;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation;

/// <summary>Distilling on a tokenizer that is there already, with the chat template beside it.</summary>
public sealed class DistillTokenizerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public DistillTokenizerTests() => torch.set_num_threads(1);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_WithTokenizer_ItsIdsTemplateAndHash()
    {
        var given = Given(SampleTemplates.Alternating);
        var messages = new Messages();

        var result = Distiller.Run(null, Log(), _directory["s"], Options(given), messages);

        var surrogate = Surrogate.Open(result.Directory);
        Assert.Equal((given.Tokenizer.Hash, given.Tokenizer.Hash), (surrogate.Tokenizer.Hash, (string)surrogate.Manifest.Details["tokenizer_hash"]!));
        Assert.Equal(SampleTemplates.Alternating, surrogate.Tokenizer.Template!.Source);
        Assert.NotEqual(given.Tokenizer.Hash, surrogate.Manifest.Inputs["tokenizer tokenizer.json"]); // the template counts
        using var model = surrogate.LoadModel();
        Assert.Equal(given.Tokenizer.VocabularySize, model.Config.VocabularySize);
        Assert.Equal(given.Tokenizer.Encode("some text"), surrogate.Tokenizer.Encode("some text"));

        // Two of the chats have no prompt: they are neither learnt from nor measured.
        Assert.Equal(Log().Length - 2, result.Responses + result.HeldOut);
        Assert.Contains(messages.Told, message => message.Contains("Roles must alternate", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_KilledAndCalledAgain_GivesTheSameSurrogateAndAnotherTokenizerStartsAnew()
    {
        var options = Options(Given(SampleTemplates.Turns)) with { Training = new TrainingOptions { Epochs = 6, BatchTokens = 128 } };
        var whole = Distiller.Run(null, Log(), _directory["whole"], options);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Distiller.Run(null, Log(), _directory["killed"], options, new StopAt(3, stop), stop.Token));
        var resumed = Distiller.Run(null, Log(), _directory["killed"], options);
        using var again = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Distiller.Run(null, Log(), _directory["other"], options, new StopAt(3, again), again.Token));

        var anew = Distiller.Run(null, Log(), _directory["other"], options with { Tokenizer = Given(SampleTemplates.Headers) });

        Assert.NotNull(resumed.Runs[0].ResumedFrom);
        Assert.Equal(whole.Runs[0].History.Losses, resumed.Runs[0].History.Losses);
        Assert.Null(anew.Runs[0].ResumedFrom);
    }

    [Fact]
    public void Run_ChatsOfATemplate_LearntAsTheTemplateWritesThem()
    {
        var given = Given(SampleTemplates.Turns);
        var one = Log()[0];

        var example = one.Example(given.Tokenizer, 200);

        var prompt = given.Tokenizer.EncodePrompt("", one.Messages);
        Assert.Equal([given.Tokenizer.BosId, .. prompt, .. given.Tokenizer.Encode(one.Response), given.Tokenizer.EosId], example.Tokens);
        Assert.Equal(prompt.Length, example.LabelWeights.TakeWhile(weight => weight == 0).Count() - 1);
    }

    [Fact]
    public void Estimate_WithTokenizer_CountsItsVocabulary()
    {
        var given = Given(null);

        var plan = DistillEstimate.Of(null, Log(), Options(given) with { Checkpoints = 1 }, default, timed: false);

        Assert.Equal(given.Tokenizer.VocabularySize, Options(given).Model.VocabularySize);
        Assert.Equal(4L * sizeof(float) * Options(given).Model.ParameterCount, plan.DiskBytes);
    }

    [Fact]
    public void Open_TemplateThatCantBeRun_RefusedAtOnce()
    {
        Given(null);
        File.WriteAllText(_directory["chat_template.jinja"], "{% call f() %}");

        Assert.Contains("\"call\"", Assert.Throws<BadInputException>(() => DistillTokenizer.Open(_directory["tokenizer.json"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EmbeddingShare_TiedAndNot_OfAllParameters()
    {
        var config = Options(Given(null)).Model with { VocabularySize = 1000 };
        var blocks = config.ParameterCount - (1000 * 16);

        Assert.Equal(16_000.0 / (blocks + 16_000), DistillTokenizer.EmbeddingShare(config), 12);
        Assert.Equal(32_000.0 / (blocks + 32_000), DistillTokenizer.EmbeddingShare(config with { TieEmbeddings = false }), 12);
    }

    private static DistillOptions Options(DistillTokenizer tokenizer) => new()
    {
        Tokenizer = tokenizer,
        Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 16, Layers = 1, Heads = 2, MaxPositions = 64 },
        Training = new TrainingOptions { Epochs = 1, BatchTokens = 256 },
        Checkpoints = 2,
        Seed = 4,
    };

    private static LoggedResponse[] Log() =>
    [
        .. Enumerable.Range(0, 30).Select(i => new LoggedResponse($"Where is {i}?", $"{i} is at home.") { Messages = [new("user", $"Where is {i}?")] }),
        .. Enumerable.Range(0, 2).Select(i => new LoggedResponse($"a{i}", "b") { Messages = [new("user", "a"), new("user", $"{i}")] }),
        new LoggedResponse("Once", " upon"),
    ];

    private DistillTokenizer Given(string? template)
    {
        BpeTrainer.Train([Texts.English, "Where is 1? 2 is at home."], new BpeOptions { VocabularySize = 320 }).Save(_directory["tokenizer.json"]);
        File.WriteAllText(_directory["tokenizer_config.json"], new JsonObject { ["chat_template"] = template }.ToJsonString());
        return DistillTokenizer.Open(_directory["tokenizer.json"]);
    }

    private sealed class Messages : IProgressSink
    {
        public List<string> Told { get; } = [];

        public IProgressTask Start(string name, double total, string unit) => NullProgress.Instance;

        public void Message(string line) => Told.Add(line);
    }
}
