using System.Globalization;
using Tda.Curation.Selection;

namespace Tda.Curation.Documents;

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
        new Random(seed).Shuffle(weights);
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
