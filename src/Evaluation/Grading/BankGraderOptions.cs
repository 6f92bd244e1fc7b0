using Tda.Evaluation.Lds;
using Tda.Scoring.Methods;

namespace Tda.Evaluation.Grading;

/// <summary>What is graded on a bank, and how.</summary>
public sealed record BankGraderOptions
{
    /// <summary>Names of methods; empty (default): all of <see cref="InfluenceMethods.All"/>.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Normalisation of scores; null (default): each method's own.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <summary>What methods are told.</summary>
    public MethodOptions Method { get; init; } = new();

    /// <summary>How scores are graded.</summary>
    public LdsOptions Lds { get; init; } = new();

    /// <summary>Draws of random scores for the floor, 1 to 1,000. Default 10.</summary>
    public int RandomDraws { get; init; } = 10;

    /// <summary>Checks all ranges and names.</summary>
    /// <exception cref="UsageException">One or more are wrong; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        string[] unknown = [.. Methods.Where(name => InfluenceMethods.All.All(m => m.Name != name))];
        var all = string.Join(", ", InfluenceMethods.All.Select(m => m.Name));
        if (unknown.Length > 0)
        {
            errors.Add($"there is no method {string.Join(", ", unknown)} (methods: {all})");
        }

        if (RandomDraws is < 1 or > 1000)
        {
            errors.Add($"random draws is {RandomDraws}; it must be 1 to 1,000");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The grading's options are wrong: " + string.Join("; ", errors) + ".");
        }

        Method.Validate();
        Lds.Validate();
    }
}
