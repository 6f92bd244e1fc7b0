namespace Tda.ProxyTrainer.Training;

/// <summary>
/// The λ that a response network is trained over (MR-VAE, 2212.03905): each example draws its own, uniform in its logarithm. It is the
/// weight of the example's masked tokens, and as η what the gates see.
/// </summary>
/// <param name="Low">Least λ, above 0.</param>
/// <param name="High">Greatest λ, above <paramref name="Low"/>.</param>
public sealed record ResponseRange(double Low, double High)
{
    private const string Parameter = "penalty:";

    /// <summary>How a range is written.</summary>
    public const string Spelling = "penalty:LOW..HIGH";

    // The golden ratio's share: visits of one example fall far from each other, wherever the first one fell.
    private const double Turn = 0.6180339887498949;

    /// <summary>The geometric mean: λ at η = 0.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Centre => Math.Sqrt(Low * High);

    /// <summary>Reads <c>penalty:0.1..10</c>.</summary>
    /// <exception cref="UsageException">Not of this form, or no range.</exception>
    public static ResponseRange Parse(string text)
    {
        var bounds = text.StartsWith(Parameter, StringComparison.Ordinal) ? text[Parameter.Length..].Split("..") : [];
        return bounds.Length == 2
            && double.TryParse(bounds[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var low)
            && double.TryParse(bounds[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var high)
            && new ResponseRange(low, high) is { IsValid: true } range
            ? range
            : throw new UsageException($"\"{text}\" is no range to train over; give {Spelling} with 0 < LOW < HIGH, such as penalty:0.1..10");
    }

    /// <summary>Whether it is a range that can be drawn from.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsValid => Low > 0 && High > Low && double.IsFinite(High);

    /// <summary>Whether λ is in the range, its ends included.</summary>
    public bool Contains(double penalty) => penalty >= Low && penalty <= High;

    /// <summary>η = (ln λ − mean) / standard deviation of ln λ under the draw: from −√3 to √3.</summary>
    public double Eta(double penalty) => Math.Log(penalty / Centre) / (Math.Log(High / Low) / Math.Sqrt(12));

    /// <summary>An example's λ at one of its visits: a function of these three alone, whatever batch the example is in.</summary>
    /// <param name="seed">The training's.</param>
    /// <param name="example">Its number among all examples.</param>
    /// <param name="visit">How often it was trained on before.</param>
    public double Draw(long seed, int example, int visit)
    {
        var place = SplitMix64.Of(seed, $"response {example}").NextDouble() + (visit * Turn);
        return Low * Math.Pow(High / Low, place - Math.Floor(place));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Parameter}{Low}..{High}");
}

/// <summary>The λ of the rows of one step.</summary>
/// <param name="Range">What they are drawn from.</param>
/// <param name="Seed">The training's.</param>
/// <param name="Visit">How often the rows were trained on before: the epoch, from 0.</param>
public sealed record ResponseDraw(ResponseRange Range, long Seed, int Visit)
{
    /// <summary>
    /// What a label weighs at a λ: a negative weight λ times as much, and every weight <c>1/√(1 + λ)</c> of that. The common factor changes the best
    /// model of no λ; without it the greatest λ, whose gradients are longest, rule what all λ share.
    /// </summary>
    public static double Weigh(double weight, double penalty) => (weight < 0 ? penalty : 1) * weight / Math.Sqrt(1 + penalty);

    /// <summary>λ of an example.</summary>
    public double Of(int example) => Range.Draw(Seed, example, Visit);

    /// <summary>For every step the epoch that it belongs to, from 0; an epoch has each example at most once.</summary>
    public static int[] Visits(IReadOnlyList<int[]> plan)
    {
        var seen = new HashSet<int>();
        var (visits, visit) = (new int[plan.Count], 0);
        for (var step = 0; step < plan.Count; step++)
        {
            if (plan[step].Any(seen.Contains))
            {
                seen.Clear();
                visit++;
            }

            seen.UnionWith(plan[step]);
            visits[step] = visit;
        }

        return visits;
    }
}
