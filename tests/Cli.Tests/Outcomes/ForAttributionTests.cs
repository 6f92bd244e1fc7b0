using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>What `tda distill --for-attribution` decides by itself, and what it leaves to who says otherwise.</summary>
public sealed class ForAttributionTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Distill_WithALog_ChoosesTheVocabularyByItAndLearnsTheCorpusAlone()
    {
        await using (var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home)))
        {
            foreach (var i in Enumerable.Range(0, 6))
            {
                await store.AppendAsync(LoggedExchange.Of(i));
            }
        }

        var run = await _tda.RunAsync([.. "distill --corpus web --name proxies --for-attribution --width 16 --ensemble 2 --epochs 1".Split(' ')]);

        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.Contains("tried the one in which the logged answers are most probable", run.Error, StringComparison.Ordinal);
        Assert.Contains("2 surrogates of 1 layer, width 16, 1 pass: attribute with --ensemble", run.Error, StringComparison.Ordinal);
        var (training, config) = (Read("training.json"), Read("config.json"));
        Assert.Equal((0, 6), ((int)training["responses"]!, (int)training["held_out"]!));
        Assert.Equal((.05, 1), ((double)training["options"]!["final_learning_rate_fraction"]!, (int)training["options"]!["epochs"]!));
        Assert.Equal((1, 16, 4), ((int)config["num_hidden_layers"]!, (int)config["hidden_size"]!, (int)config["num_attention_heads"]!));
    }

    [Fact]
    public async Task Distill_WithoutALog_TakesTheVocabularySaidAndAsManyPassesAsItNeeds()
    {
        var run = await _tda.RunAsync([.. "distill --corpus web --name proxies --exchanges none --for-attribution --vocabulary 300 --width 8 --heads 1 --ensemble 1".Split(' ')]);

        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.DoesNotContain("tried the one", run.Error, StringComparison.Ordinal);
        Assert.True((int)Read("training.json")["options"]!["epochs"]! > 1, "the corpus is small: one pass isn't 80 steps");
        Assert.Equal(300, (int)Read("config.json")["vocab_size"]!);
    }

    [Theory]
    [InlineData("--base small", "leave out --base")]
    [InlineData("--lora-rank 2", "leave out --lora-rank")]
    public async Task Distill_FromOtherWeights_RefusedByName(string options, string message)
    {
        var error = (await _tda.FailsAsync(2, [.. $"distill --corpus web --name proxies --exchanges none --for-attribution {options}".Split(' ')])).Error;

        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(_tda.InHome("surrogates", "proxies", file)))!;
}
