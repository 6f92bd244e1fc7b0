using Tda.Core.Masks;

namespace Tda.Curation.Curated;

/// <summary>Overrides on disk: JSON Lines, one document a line.</summary>
public static class Overrides
{
    /// <returns>Overrides by document id.</returns>
    /// <exception cref="BadInputException">A line isn't an override, lacks what its decision needs, or decides on a document again.</exception>
    public static IReadOnlyDictionary<string, ReviewerOverride> Read(string path)
    {
        var overrides = new Dictionary<string, ReviewerOverride>(StringComparer.Ordinal);
        foreach (var line in JsonLines.ReadLines<ReviewerOverride>(path))
        {
            var fault = Fault(line.Value) ?? (overrides.TryAdd(line.Value.Id, line.Value) ? null : "it is decided on twice");
            if (fault is not null)
            {
                throw new BadInputException(path, $"line {line.Number}, document {line.Value.Id}: {fault}", line.Offset);
            }
        }

        return overrides;
    }

    /// <summary>Writes all overrides, or leaves what was at <paramref name="path"/> untouched.</summary>
    public static void Write(string path, IEnumerable<ReviewerOverride> overrides) => JsonLines.Write(path, overrides);

    /// <summary>The rule's decision, if any, as the reviewer changed it.</summary>
    internal static Decision Apply(Decision? decision, ReviewerOverride reviewer)
    {
        var basis = decision ?? new Decision(reviewer.Id, CurationAction.Keep, "reviewer");
        return reviewer.Decision switch
        {
            OverrideDecision.Keep => basis with { Action = CurationAction.Keep },
            OverrideDecision.Drop => basis with { Action = CurationAction.Drop },
            OverrideDecision.Weight => basis with { Action = CurationAction.Weight, Weight = reviewer.Weight },
            OverrideDecision.Mask => basis with { Action = CurationAction.Mask, Mask = new DocumentMask(reviewer.Id, reviewer.Tokens!, reviewer.Spans!) },
            _ => basis,
        };
    }

    private static string? Fault(ReviewerOverride reviewer) => reviewer switch
    {
        { Reviewer.Length: 0 } => "no reviewer is named",
        { Decision: OverrideDecision.Weight, Weight: not (>= 0 and < double.PositiveInfinity) } => "the decision weight needs a weight of 0 or more",
        { Decision: OverrideDecision.Mask } when reviewer.Tokens is not { Length: > 0 } || reviewer.Spans is not { Length: > 0 } => "the decision mask needs tokens and spans",
        _ => null,
    };
}
