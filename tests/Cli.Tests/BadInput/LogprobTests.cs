using Tda.Store;
using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>Distillation from a log whose log-probabilities are damaged or missing.</summary>
public sealed class LogprobTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private static readonly string[] Distill = "distill --corpus web --name soft --width 16 --layers 1 --heads 1 --vocabulary 270".Split(' ');
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Distill_BrokenLogprobs_LeavesThemOutAndNamesOne()
    {
        await AppendAsync(Enumerable.Range(0, 8).Select(i => Exchange(i, i == 3 ? [new("good", -.5, [])] : [new("good", -.5, []), new(" day", -.1, [])])));
        var result = await _tda.RunAsync([.. Distill, "--held-out", "0"]);
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("1 answers have log-probabilities that don't belong to them", result.Error, StringComparison.Ordinal);
        Assert.Contains("such as exchange 0193d2a0-0000-7000-8003-000000000000: the tokens end after 4 bytes, the text after 8", result.Error, StringComparison.Ordinal);
        Assert.Contains("8 answers, 7 of them with log-probabilities", result.Output, StringComparison.Ordinal);
        Assert.Contains("of 7 answers are those of r50k_base or cl100k_base or o200k_base: --tokenizer r50k_base", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Distill_WeightAskedForWithoutLogprobs_RefusedByName()
    {
        await AppendAsync(Enumerable.Range(0, 4).Select(i => Exchange(i, null)));
        var result = await _tda.FailsAsync(3, [.. Distill, "--distil-weight", "0.7"]);
        Assert.Contains("--distil-weight 0.7: no exchange that matches has log-probabilities", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("surrogates", "soft")));
    }

    private async Task AppendAsync(IEnumerable<Exchange> exchanges)
    {
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home));
        foreach (var exchange in exchanges)
        {
            await store.AppendAsync(exchange);
        }
    }

    private static Exchange Exchange(int i, TokenLogprob[]? logprobs) => LoggedExchange.Of(i) with { Logprobs = logprobs };
}
