namespace Tda.Curation.Documents;

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
