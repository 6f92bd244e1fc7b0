namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// The online kernel two-sample test as a betting martingale. It sees pairs, one of each sample, whose order is a fair coin's if the samples
/// are exchangeable, and bets on which is which: <c>E_t = Π (1 + b_t·y_t·tanh(2f_t(x_t)))</c>, with y = ±1 the pair's order, f_t a logistic
/// discriminator trained on the pairs before and 0 ≤ b_t ≤ ½. Under the null no bet is favourable, so E is a martingale that begins at 1, and
/// by Ville's inequality it ever reaches 1/α with a chance of at most α, whenever one looks and stops.
/// </summary>
/// <remarks>
/// Sources: the discriminator over random features of OKGAN (2006.11432); testing by betting, Shekhar and Ramdas (2112.09162).
/// <para>f is odd: <c>2f(u, v) = wᵀ(φ(u) − φ(v))</c>. So y·tanh(2f) is the same for both orders, and the coin need not be tossed.</para>
/// <para>w is the mean of a logistic regression's posterior, updated pair by pair (an extended Kalman filter; equal to an online Newton step):
/// with d = φ(u) − φ(v), p = σ(wᵀd), s = dᵀPd and q = p(1 − p): <c>w ← w + Pd(1 − p)/(1 + qs)</c>, <c>P ← P − q·Pd(Pd)ᵀ/(1 + qs)</c>.</para>
/// <para>b_t is Cover's universal portfolio over a grid of constant bets: each constant's own wealth is kept, and E is their mean. With the
/// constant 0 among them, E never falls below the share of that one.</para>
/// </remarks>
public sealed class BettingTest
{
    private static readonly double[] Bets = [0, 1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0];

    private readonly int _count;
    private readonly double[] _weights;
    private readonly double[] _covariance; // P, (D, D)
    private readonly double[] _logWealth = new double[Bets.Length];

    /// <param name="features">D.</param>
    /// <param name="prior">Variance of w before the first pair, above 0.</param>
    public BettingTest(int features, double prior = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(prior);
        _count = features;
        _weights = new double[features];
        _covariance = new double[features * features];
        for (var i = 0; i < features; i++)
        {
            _covariance[(i * features) + i] = prior;
        }
    }

    /// <summary>Pairs seen.</summary>
    public int Pairs { get; private set; }

    /// <summary>E now.</summary>
    public double EValue => Math.Exp(LogEValue);

    /// <summary>ln E now.</summary>
    public double LogEValue
    {
        get
        {
            var most = _logWealth.Max();
            return most + Math.Log(_logWealth.Average(log => Math.Exp(log - most)));
        }
    }

    /// <summary>The bet on the next pair, 0 to ½: known before it is seen.</summary>
    public double Bet
    {
        get
        {
            var most = _logWealth.Max();
            double[] shares = [.. _logWealth.Select(log => Math.Exp(log - most))];
            return Bets.Zip(shares, (bet, share) => bet * share).Sum() / shares.Sum();
        }
    }

    /// <summary>Bets on a pair, then learns from it.</summary>
    /// <param name="first">φ of the one from the first sample, (D).</param>
    /// <param name="second">φ of the one from the second, (D).</param>
    /// <returns>The payoff y·tanh(2f), −1 to 1, of a bet of 1.</returns>
    public double Add(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        var difference = new double[_count];
        var odds = 0.0;
        for (var i = 0; i < _count; i++)
        {
            difference[i] = (double)first[i] - second[i];
            odds += _weights[i] * difference[i];
        }

        // The bet is settled before anything is learned.
        var payoff = Math.Tanh(odds);
        for (var k = 0; k < Bets.Length; k++)
        {
            _logWealth[k] += Math.Log(1 + (Bets[k] * payoff));
        }

        Learn(difference, odds);
        Pairs++;
        return payoff;
    }

    private void Learn(double[] difference, double odds)
    {
        var projected = new double[_count]; // Pd
        var spread = 0.0;
        for (var i = 0; i < _count; i++)
        {
            projected[i] = Vectors.Dot(_covariance.AsSpan(i * _count, _count), difference);
            spread += difference[i] * projected[i];
        }

        var chance = 1 / (1 + Math.Exp(-odds));
        var curvature = chance * (1 - chance);
        var scale = 1 / (1 + (curvature * spread));
        for (var i = 0; i < _count; i++)
        {
            _weights[i] += projected[i] * (1 - chance) * scale;
            Vectors.AddScaled(_covariance.AsSpan(i * _count, _count), projected, -curvature * scale * projected[i]);
        }
    }
}
