using Tda.Bench.Running;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Bench.Studies;

/// <summary>The committed results of the verb `distillation`.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Options">What was compared.</param>
/// <param name="Answers">Answers of the closed model.</param>
/// <param name="HeldOut">Those that were measured on.</param>
/// <param name="Alignment">How the two tokenizers met on them.</param>
/// <param name="Lines">Every training.</param>
/// <param name="Needed">Exchanges for the same fidelity.</param>
internal sealed record DistillationStudyReport(
    Machine Machine, DistillationStudyOptions Options, int Answers, int HeldOut, AlignmentShares Alignment, List<DistillationLine> Lines, List<NeededExchanges> Needed)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();
}

/// <summary>How two tokenizers met.</summary>
/// <param name="WithAlternatives">Share of the runs that are one token on both sides, so that alternatives count.</param>
/// <param name="Named">Tokens named in those, the answer's own included.</param>
/// <param name="TokensPerRun">The surrogate's tokens in a run.</param>
internal sealed record AlignmentShares(double WithAlternatives, double Named, double TokensPerRun);

/// <summary>One training.</summary>
/// <param name="Exchanges">Answers learned from.</param>
/// <param name="Weight">α; 0 is answers alone.</param>
/// <param name="Seed">Of weights and order.</param>
/// <param name="Seconds">Of the training.</param>
/// <param name="Kl">Held-out divergence, nats a run.</param>
/// <param name="TopAgreement">Share of the tokens with the same most likely token.</param>
/// <param name="NatsPerByte">Of the held-out answers.</param>
/// <param name="Intervals">Over held-out answers.</param>
/// <param name="RankCorrelation">Of the answers' log-probabilities.</param>
internal sealed record DistillationLine(
    int Exchanges, double Weight, int Seed, double Seconds, double Kl, double TopAgreement, double NatsPerByte,
    FidelityIntervals Intervals, double? RankCorrelation = null)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Exchanges,4} answers  α {Weight:F2}  seed {Seed}  KL {Kl:F4}  top-1 {TopAgreement:F3}  {NatsPerByte:F4} nats/byte  rank {RankCorrelation:F3}  {Seconds,5:F0} s");
}

/// <summary>How many exchanges a share of the divergence needs for the fidelity that answers alone reach with a number of them.</summary>
/// <param name="Measure">Of fidelity.</param>
/// <param name="Weight">α.</param>
/// <param name="Answers">Exchanges of answers alone.</param>
/// <param name="Reached">What these reach, mean over seeds.</param>
/// <param name="AtMost">The smallest number was already enough.</param>
/// <param name="Needed">Exchanges with log-probabilities that reach it, between two measured numbers by the logarithm; null: more than were measured.</param>
internal sealed record NeededExchanges(string Measure, double Weight, int Answers, double Reached, bool AtMost, double? Needed = null)
{
    public static IEnumerable<NeededExchanges> Of(IReadOnlyList<DistillationLine> lines)
    {
        (string Name, Func<DistillationLine, double> Value)[] measures =
            [("kl", line => line.Kl), ("nats_per_byte", line => line.NatsPerByte), ("top_disagreement", line => 1 - line.TopAgreement)];
        foreach (var (name, value) in measures)
        {
            (int Exchanges, double Value)[] Curve(double weight) =>
            [
                .. lines.Where(line => line.Weight == weight).GroupBy(line => line.Exchanges).OrderBy(group => group.Key)
                    .Select(group => (group.Key, group.Average(value))),
            ];

            foreach (var weight in lines.Select(line => line.Weight).Where(weight => weight > 0).Distinct())
            {
                foreach (var (exchanges, reached) in Curve(0))
                {
                    var (needed, atMost) = Reach(Curve(weight), reached);
                    yield return new NeededExchanges(name, weight, exchanges, reached, atMost, needed);
                }
            }
        }
    }

    // Falling values: the first number of exchanges that is as low.
    private static (double? Needed, bool AtMost) Reach((int Exchanges, double Value)[] curve, double wanted)
    {
        var first = Array.FindIndex(curve, point => point.Value <= wanted);
        if (first <= 0)
        {
            return first < 0 ? (null, false) : (curve[0].Exchanges, true);
        }

        var (low, high) = (curve[first - 1], curve[first]);
        var share = (low.Value - wanted) / (low.Value - high.Value);
        return (Math.Exp(Math.Log(low.Exchanges) + (share * Math.Log((double)high.Exchanges / low.Exchanges))), false);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Measure,-16} α {Weight:F2}: {Answers} answers reach {Reached:F4}, {(AtMost ? "at most " : "")}{Needed?.ToString("F0", CultureInfo.InvariantCulture) ?? "more than measured"} needed");
}
