namespace Tda.Scoring.Planning;

/// <summary>An access scenario of the proxy study.</summary>
/// <param name="Name">S0 to S5.</param>
/// <param name="Meaning">What it stands for.</param>
public sealed record AccessScenario(string Name, string Meaning)
{
    /// <summary>The scenario of what is known. Weights need no budget: there is nothing to train.</summary>
    public static AccessScenario Of(Knowledge known)
    {
        var (name, meaning) = known switch
        {
            _ when known.HasFlag(Knowledge.Weights) => ("S0", "the closed model itself is at hand: its own gradients, no surrogate"),
            _ when !known.HasFlag(Knowledge.Budget) => ("S5", "no training budget: an untrained or barely trained surrogate"),
            _ when known.HasFlag(Knowledge.Architecture) && known.HasFlag(Knowledge.Queries) => ("S1", "a surrogate of the same architecture, distilled from the closed model's answers"),
            _ when known.HasFlag(Knowledge.Architecture) => ("S2", "a surrogate of the same architecture, trained on the documents alone"),
            _ when known.HasFlag(Knowledge.Queries) => ("S3", "the closed model's architecture is unknown, only its answers and the candidate corpus are seen"),
            _ => ("S4", "only the candidate corpus is seen: a surrogate trained on the documents alone"),
        };
        return new(name, meaning + (known.HasFlag(Knowledge.Documents) ? string.Empty : "; whether the candidate corpus holds the training documents is not known"));
    }

    /// <summary>Reads a list such as <c>architecture,queries</c>; <c>nothing</c> is the empty one.</summary>
    /// <exception cref="UsageException">A word that is none of them.</exception>
    public static Knowledge Parse(string list)
    {
        var known = Knowledge.None;
        foreach (var word in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == "nothing")
            {
                continue;
            }

            known |= Enum.TryParse<Knowledge>(word, ignoreCase: true, out var one) && Enum.IsDefined(one) && one != Knowledge.None && !char.IsAsciiDigit(word[0])
                ? one
                : throw new UsageException($"'{word}' is nothing that can be known. Known may be: {string.Join(", ", Enum.GetNames<Knowledge>().Skip(1).Select(n => n.ToLowerInvariant()))}; or nothing.");
        }
        return known;
    }
}

/// <summary>What is known or had.</summary>
[Flags]
public enum Knowledge
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The closed model's own weights.</summary>
    Weights = 1,

    /// <summary>Its architecture and size.</summary>
    Architecture = 2,

    /// <summary>Its answers to queries of one's own choice: a log to distil from.</summary>
    Queries = 4,

    /// <summary>Its training documents: without, the candidate corpus is a guess.</summary>
    Documents = 8,

    /// <summary>A budget for training surrogates.</summary>
    Budget = 16,
}
