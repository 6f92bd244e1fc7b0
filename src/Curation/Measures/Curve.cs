namespace Tda.Curation.Measures;

/// <summary>
/// curve.json: harm against fluency for every recipe tried, on the set that the choice was made on. Showing all of them is
/// the point: a single chosen recipe can't tell a good method from a lucky one.
/// </summary>
public sealed record Curve
{
    public const string FormatName = "tda.curve";

    public const int CurrentVersion = 1;

    public const string FileName = "curve.json";

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>The set that it was measured on.</summary>
    public string Set { get; init; } = "validation";

    public string HarmName { get; init; } = "harm rate";

    public string HarmUnit { get; init; } = "share";

    public string FluencyName { get; init; } = "benign perplexity";

    public string FluencyUnit { get; init; } = "";

    /// <summary>How the chosen point was chosen.</summary>
    public string? Rule { get; init; }

    public required IReadOnlyList<CurvePoint> Points { get; init; }

    /// <summary>Reads and checks a curve.</summary>
    /// <exception cref="BadInputException">Not a curve, or of a newer version.</exception>
    public static Curve Read(string path) => MeasureFile.Read<Curve>(path, FormatName, CurrentVersion, c => (c.Format, c.Version));
}

/// <summary>One recipe of curation, measured.</summary>
/// <param name="Recipe">What was done, short: "mask 2 %, λ 1".</param>
/// <param name="Kind">Baseline, mask, drop, weights, control, response network or ceiling.</param>
/// <param name="Harm">Harm rate.</param>
/// <param name="Fluency">Benign perplexity.</param>
public sealed record CurvePoint(string Recipe, CurveKind Kind, double Harm, double Fluency)
{
    /// <summary>Interval [low, high].</summary>
    public double[]? HarmInterval { get; init; }

    public double[]? FluencyInterval { get; init; }

    /// <summary>Whether this recipe was chosen.</summary>
    public bool Chosen { get; init; }
}

/// <summary>Kinds of recipe; each has a shape of its own in the chart.</summary>
public enum CurveKind
{
    Baseline,
    Mask,
    Drop,
    Weights,
    Control,

    /// <summary>A response network at one λ: its points are of one training, and joined by a line.</summary>
    Response,

    /// <summary>Trained without what is known to be harmful: what a curation could reach.</summary>
    Ceiling,
}
