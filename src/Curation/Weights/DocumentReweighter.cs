using Tda.Curation.Selection;

namespace Tda.Curation.Weights;

/// <summary>Turns scores into training weights: proponents of the queries weigh less, down to the minimum.</summary>
public static class DocumentReweighter
{
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="BadInputException">There are no documents, one comes twice, a named source is missing, or all scores are 0.</exception>
    public static ReweightResult Weigh(IReadOnlyList<CandidateDocument> candidates, ReweightOptions options)
    {
        options.Validate();
        var ranked = Candidates.Ranked(candidates, options.Sources);
        var scale = options.Scale ?? ScaleOf(ranked, options.ScaleQuantile);
        var rule = string.Create(
            CultureInfo.InvariantCulture,
            $"weight: {options.Shape.ToString().ToLowerInvariant()}, scale {scale} nats × N, clipped to {options.Minimum} to {options.Maximum}");
        return new ReweightResult(rule, scale, [.. ranked.Select(c => new WeighedDocument(c.Id, c.Source, c.Score, Weight(c.Score / scale, options)))]);
    }

    /// <summary>The control: the same weights, dealt to the same documents at random.</summary>
    public static ReweightResult RandomLike(ReweightResult like, int seed)
    {
        var documents = like.Documents.OrderBy(d => d.Id, StringComparer.Ordinal).ToArray();
        var weights = documents.Select(d => d.Weight).ToArray();
        SplitMix64.Of(seed).Shuffle<double>(weights);
        return new ReweightResult($"weight: random control, seed {seed}", like.Scale, [.. documents.Zip(weights, (d, w) => d with { Weight = w })]);
    }

    private static double Weight(double units, ReweightOptions options)
    {
        var weight = options.Shape == WeightShape.Exponential ? Math.Exp(-units) : 1 - units;
        return Math.Clamp(weight, options.Minimum, options.Maximum);
    }

    private static double ScaleOf(CandidateDocument[] candidates, double quantile)
    {
        var scale = Quantile.OfSorting([.. candidates.Select(c => (float)Math.Abs(c.Score))], quantile);
        return scale > 0
            ? scale
            : throw new BadInputException("document scores", $"the {quantile} quantile of |score| is 0: there is no unit to weigh by", remedy: "Give a scale in nats × N.");
    }
}

/// <summary>How <see cref="DocumentReweighter"/> turns scores into training weights.</summary>
public sealed record ReweightOptions
{
    public WeightShape Shape { get; init; } = WeightShape.Exponential;

    /// <summary>
    /// Score in nats × N that counts as one unit; above 0. Null (default) takes the <see cref="ScaleQuantile"/> of the absolute
    /// scores, since the unit of influence depends on model and corpus.
    /// </summary>
    public double? Scale { get; init; }

    /// <summary>Quantile of |score| that becomes the scale; 0 to 1, default .95.</summary>
    public double ScaleQuantile { get; init; } = .95;

    /// <summary>Least weight, 0 or more; default 0.</summary>
    public double Minimum { get; init; }

    /// <summary>Greatest weight, at least the least; default 1, so that documents are weighed down and never up.</summary>
    public double Maximum { get; init; } = 1;

    /// <summary>Weigh only documents of these sources; null = all. Others keep weight 1.</summary>
    public IReadOnlyCollection<string>? Sources { get; init; }

    /// <exception cref="UsageException">An option is out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (!Enum.IsDefined(Shape))
        {
            errors.Add($"shape {Shape} is unknown");
        }

        if (Scale is { } scale && !(scale > 0 && double.IsFinite(scale)))
        {
            errors.Add($"scale is {scale}; it must be above 0");
        }

        if (ScaleQuantile is not (>= 0 and <= 1))
        {
            errors.Add($"scale quantile is {ScaleQuantile}; it must be between 0 and 1");
        }

        if (!(Minimum >= 0))
        {
            errors.Add($"minimum is {Minimum}; it must be 0 or more");
        }

        if (!(Maximum >= Minimum && double.IsFinite(Maximum)))
        {
            errors.Add($"maximum is {Maximum}; it must be at least the minimum {Minimum}");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The options for weights are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}

/// <summary>Weights for every document that was considered, in the order of their scores.</summary>
/// <param name="Rule">The rule in words, for the ledger.</param>
/// <param name="Scale">The scale in nats × N.</param>
/// <param name="Documents">Documents and weights; a weight of exactly 1 leaves the document as it was.</param>
public sealed record ReweightResult(string Rule, double Scale, IReadOnlyList<WeighedDocument> Documents)
{
    /// <summary>The documents whose weight is not 1.</summary>
    public IEnumerable<WeighedDocument> Changed => Documents.Where(d => d.Weight != 1);
}

/// <summary>A document with its weight in training.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Score">The score that the weight comes from, in nats × N.</param>
/// <param name="Weight">Factor on the document's loss.</param>
public sealed record WeighedDocument(string Id, string Source, double Score, double Weight);

/// <summary>How a score becomes a weight, before it is clipped.</summary>
public enum WeightShape
{
    /// <summary>w = exp(−score / scale): always positive; halves every .69 scales.</summary>
    Exponential,

    /// <summary>w = 1 − score / scale: 0 from one scale on, as a gradient step on the weights would have it.</summary>
    Linear,
}
