using Tda.Core.Drift;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// Tests whether what came since is exchangeable with what there was before, by <see cref="BettingTest"/>: each new text, in its order, is
/// paired with an old one, drawn without replacement, since one that the discriminator has learned from would no longer be a fair draw.
/// </summary>
/// <remarks>
/// When the old texts are used up, another round begins: a discriminator that has learned nothing, on the old texts in another order. Round k
/// counts with the weight <c>1/(k(k + 1))</c>; the weights add up to 1, so the chance that any round ever reaches
/// <c>k(k + 1)/α</c> is at most α by the union bound, for as long as the log goes on. A later round costs little, since an e-value grows
/// exponentially where there is a difference, and a change that comes late isn't weighed down by what was lost before it.
/// <para>A longer log begins with the same pairs, so looking at it week after week is one test.</para>
/// </remarks>
public static class UpstreamChange
{
    /// <summary>Most pairs of a round: the discriminator's cost a pair is constant, and forgetting has its use.</summary>
    private const int LongestRound = 2000;

    /// <param name="before">The old texts; at least one.</param>
    /// <param name="since">The new ones, in the order in which they came.</param>
    /// <param name="features">φ.</param>
    /// <param name="alpha">α, above 0 and below 1.</param>
    /// <param name="seed">Of the orders in which old texts are drawn.</param>
    /// <param name="progress">Told of every pair.</param>
    /// <param name="cancellation">Stops between pairs.</param>
    public static BettingFinding Test(
        IReadOnlyList<string> before, IReadOnlyList<string> since, FourierFeatures features, double alpha, long seed,
        Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var old = new float[]?[before.Count];
        return Test(i => old[i] ??= features.Of(before[i]), before.Count, i => features.Of(since[i]), since.Count, features.Count, alpha, seed, progress, cancellation);
    }

    /// <inheritdoc cref="Test(IReadOnlyList{string}, IReadOnlyList{string}, FourierFeatures, double, long, Action{int}, CancellationToken)"/>
    internal static BettingFinding Test(
        Func<int, float[]> before, int olds, Func<int, float[]> since, int news, int width, double alpha, long seed,
        Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(olds, 1);
        var most = double.NegativeInfinity; // the largest ln E of the rounds that are over, weighed
        var length = Math.Min(olds, LongestRound);
        var threshold = -Math.Log(alpha);
        for (var round = 1; (round - 1) * length < news; round++)
        {
            var order = SplitMix64.Of(seed, $"round {round}").Permutation(olds);
            var test = new BettingTest(width);
            var weight = -Math.Log((double)round * (round + 1));
            for (var i = 0; i < length && ((round - 1) * length) + i < news; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var at = ((round - 1) * length) + i;
                test.Add(since(at), before(order[i]));
                progress?.Invoke(at + 1);
                if (test.LogEValue + weight >= threshold)
                {
                    return new BettingFinding(Math.Exp(test.LogEValue + weight), at + 1, at + 1);
                }
            }

            most = Math.Max(most, test.LogEValue + weight);
        }

        return new BettingFinding(Math.Exp(most), news);
    }
}
