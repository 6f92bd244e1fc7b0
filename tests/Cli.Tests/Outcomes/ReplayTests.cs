using Tda.Store;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>A replay takes the answers that the surrogate was distilled from out of the log, and no others.</summary>
public sealed class ReplayTests(DriftTests.SeenHome seen) : IClassFixture<DriftTests.SeenHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = seen.Small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Attribute_ByReplay_RepeatsTheTrainingFromTheLog_AndSaysSoWhereThatHasChanged()
    {
        // Answers that came later are no part of the training.
        await DriftTests.AppendAsync(_tda, 120, 10, SampleDocuments.Bad);
        await _tda.JsonAsync([.. "index --surrogate seen --corpus web --name again --method logra --rank 2".Split(' ')]);
        var result = await _tda.JsonAsync([.. "attribute --index again --queries q.jsonl --method replay --tokens --run why --force".Split(' ')]);
        Assert.Equal(("replay", 1, true), ((string)result["method"]!, (int)result["n"]!, (bool)result["has_unit"]!));
        await _tda.JsonAsync([.. "guide --index again --harm q.jsonl --method replay --run mask".Split(' ')]);

        // An answer that began before the last of them has come since.
        await using (var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home)))
        {
            await store.AppendAsync(new Exchange
            {
                Id = "0193d2a0-0000-7000-8000-00000000ffff",
                Route = "/v1/chat/completions",
                Method = "POST",
                Path = "/v1/chat/completions",
                StartedAt = new DateTimeOffset(2026, 11, 2, 0, 5, 0, TimeSpan.Zero),
                State = TerminalState.Complete,
                Status = 200,
                Model = "ours-1",
                Prompt = "Tell me of an answer that was recorded late.",
                Response = "It was on its way.",
            });
        }

        var refused = await _tda.FailsAsync(3, [.. "attribute --index again --queries q.jsonl --method replay --run late --force".Split(' ')]);
        Assert.Contains("it was distilled from 120 answers; the 121 that are at hand are others", refused.Error, StringComparison.Ordinal);
    }
}
