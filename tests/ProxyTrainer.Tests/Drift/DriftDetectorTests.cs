using Tda.Core.Drift;
using Tda.ProxyTrainer.Drift;

namespace Tda.ProxyTrainer.Tests.Drift;

public sealed class DriftDetectorTests : IClassFixture<DriftDetectorTests.Toy>
{
    private static readonly DriftOptions Options = new() { Sampled = 64, SampledTokens = 8 };
    private readonly ToyUpstream _toy;

    public DriftDetectorTests(Toy toy) => _toy = toy.Upstream;

    [Fact]
    public void Run_UpstreamRetrained_StaleWithTheExchange()
    {
        List<DatedAnswer> log = [.. _toy.Answers(_toy.Model, 500, 0), .. _toy.Answers(_toy.Retrained, 500, 500)];

        var report = Run(log, boundary: 500);

        Assert.Equal(DriftState.Stale, report.State);
        Assert.InRange(report.Answers!.CrossedAt ?? 0, 11, 500);
        Assert.Equal(log[499 + report.Answers.CrossedAt!.Value].Id, report.Answers.CrossedId);
        Assert.Contains(report.Answers.CrossedId!, report.Verdict, StringComparison.Ordinal);
        Assert.Contains("prompts show no change", report.Verdict, StringComparison.Ordinal);
        Assert.Equal((500, 500), (report.Reference, report.New));
    }

    [Fact]
    public void Run_AnswersThatTheSurrogateCannotPredict_ChangePointInThatWeek()
    {
        var random = SplitMix64.Of(6);
        string[] words = ["ship", "gold", "salt", "free", "home", "today"];
        List<DatedAnswer> log =
        [
            .. _toy.Answers(_toy.Model, 500, 0),
            .. _toy.Answers(_toy.Model, 500, 500).Select(one => one with { Response = Samples.Sentence(random, words, 5) }),
        ];

        var report = Run(log, boundary: 500);

        // 1,000 hours touch seven ISO weeks; the first began on 7 September.
        Assert.Equal(["2026-W37", "2026-W38", "2026-W39", "2026-W40", "2026-W41", "2026-W42", "2026-W43"], report.Fidelity.Select(period => period.Name));
        Assert.True(report.Change!.P <= .01, $"{report.Change}");
        Assert.InRange(report.Change.At, ToyUpstream.Start.AddHours(490), ToyUpstream.Start.AddHours(510));
        Assert.True(report.Fidelity[^2].Low > report.Fidelity[0].High, "the last whole week's loss should be above the first's");
    }

    [Fact]
    public void Run_UpstreamTheSame_FreshWhateverItsOrderInTheLog()
    {
        List<DatedAnswer> log = [.. _toy.Answers(_toy.Model, 700, 0)];

        var report = Run(log, boundary: 300);

        Assert.Equal(DriftState.Fresh, report.State);
        Assert.Null(report.Answers!.CrossedAt);
        Assert.Null(report.Prompts!.CrossedAt);
        Assert.InRange(report.SurrogateSince!.Pairs, 1, 64);
        DatedAnswer[] shuffled = [.. log];
        SplitMix64.Of(2).Shuffle<DatedAnswer>(shuffled);
        Assert.Equal(JsonSerializer.Serialize(report), JsonSerializer.Serialize(Run(shuffled, boundary: 300)));
    }

    [Fact]
    public void Run_SurrogateOfTheUpstreamItself_CannotBeToldFromIt()
    {
        // The upstream as its own surrogate: the test of its answers against the upstream's has nothing to find.
        var report = DriftDetector.Run(
            _toy.Model, _toy.Tokenizer, new DriftLog("s", _toy.Answers(_toy.Model, 400, 0), ToyUpstream.Start.AddHours(199)),
            Options with { Sampled = 200 }, NullProgress.Instance, TimeProvider.System);
        Assert.Null(report.SurrogateThen!.CrossedAt);
        Assert.Null(report.SurrogateSince!.CrossedAt);
        Assert.Equal(200, report.SurrogateThen.Pairs);

        var retrained = DriftDetector.Run(
            _toy.Model, _toy.Tokenizer, new DriftLog("s", _toy.Answers(_toy.Retrained, 400, 0), ToyUpstream.Start.AddHours(199)),
            Options with { Sampled = 200 }, NullProgress.Instance, TimeProvider.System);
        Assert.NotNull(retrained.SurrogateThen!.CrossedAt);
    }

    [Fact]
    public void Run_OtherPrompts_SaysThatItMayBeTheQuestions()
    {
        List<DatedAnswer> log = [.. _toy.Answers(_toy.Model, 400, 0), .. _toy.Answers(_toy.Model, 400, 400, ["buy", "buy gold", "buy gold now"])];

        var report = Run(log, boundary: 400);

        Assert.NotNull(report.Prompts!.CrossedAt);
        Assert.Contains("prompts changed too", report.Verdict, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 50, "none of the answers that the surrogate was distilled from")]
    [InlineData(50, 0, "no answer came since")]
    [InlineData(50, 50, "50 answers from then and 50 since; it takes 100 of each")]
    public void Run_FewAnswers_CannotTell(int before, int since, string words)
    {
        var report = Run(_toy.Answers(_toy.Model, before + since, 0), boundary: before);

        Assert.Equal(DriftState.Unknown, report.State);
        Assert.Contains(words, report.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FewerThanFourWeeks_PeriodsOfEqualNumbers()
    {
        var report = Run(_toy.Answers(_toy.Model, 130, 0), boundary: 65);

        Assert.Equal(["answers 1–21", "answers 22–43", "answers 44–65", "answers 66–86", "answers 87–108", "answers 109–130"], report.Fidelity.Select(period => period.Name));
        Assert.Equal(130, report.Fidelity.Sum(period => period.Answers));
        Assert.All(report.Fidelity, period => Assert.True(period.Low <= period.NatsPerToken && period.NatsPerToken <= period.High));
    }

    [Fact]
    public void Run_OptionsOutOfRange_NamesAll()
    {
        var error = Assert.Throws<UsageException>(() => DriftDetector.Run(
            _toy.Model, _toy.Tokenizer, new DriftLog("s", [], ToyUpstream.Start), new DriftOptions { Alpha = 1, Fewest = 0 }, NullProgress.Instance, TimeProvider.System));
        Assert.Contains("alpha is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("fewest answers is 0", error.Message, StringComparison.Ordinal);
    }

    private DriftReport Run(IReadOnlyList<DatedAnswer> log, int boundary) => DriftDetector.Run(
        _toy.Surrogate, _toy.Tokenizer, new DriftLog("s", log, ToyUpstream.Start.AddHours(boundary - 1)), Options, NullProgress.Instance,
        new FakeTimeProvider(ToyUpstream.Start.AddYears(1)));

    public sealed class Toy : IDisposable
    {
        internal ToyUpstream Upstream { get; } = new();

        public void Dispose() => Upstream.Dispose();
    }
}
