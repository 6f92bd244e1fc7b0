namespace Tda.ProxyTrainer.Distillation.Alignment;

/// <summary>
/// Two ways to cut one text, brought together: the smallest runs of tokens on both sides that end at the same byte. Every token is in
/// one run, and both sides of a run spell the same text.
/// </summary>
public static class RunAlignment
{
    /// <param name="upstream">Where each of the closed model's tokens ends; never falling. A token without text ends where the one before it does.</param>
    /// <param name="surrogate">The same of the surrogate's tokens; both end at the text's end.</param>
    /// <returns>In order; tokens without text at the very end that one side has more of are in the last run.</returns>
    /// <exception cref="ArgumentException">The sides end at different places, or one is empty and the other isn't.</exception>
    public static IReadOnlyList<AlignedRun> Align(IReadOnlyList<int> upstream, IReadOnlyList<int> surrogate)
    {
        if (upstream.Count == 0 || surrogate.Count == 0 ? upstream.Count != surrogate.Count : upstream[^1] != surrogate[^1])
        {
            throw new ArgumentException("The two sides are not the same text.");
        }

        var runs = new List<AlignedRun>();
        var (i, j, fromI, fromJ) = (0, 0, 0, 0);
        while (i < upstream.Count && j < surrogate.Count)
        {
            if (upstream[i] == surrogate[j])
            {
                runs.Add(new AlignedRun(fromI, ++i - fromI, fromJ, ++j - fromJ));
                (fromI, fromJ) = (i, j);
            }
            else if (upstream[i] < surrogate[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        if (runs.Count > 0 && (i < upstream.Count || j < surrogate.Count))
        {
            var last = runs[^1];
            runs[^1] = last with { UpstreamCount = upstream.Count - last.Upstream, SurrogateCount = surrogate.Count - last.Surrogate };
        }

        return runs;
    }
}

/// <summary>Tokens of both sides that spell the same text.</summary>
/// <param name="Upstream">The closed model's first.</param>
/// <param name="UpstreamCount">How many, at least 1.</param>
/// <param name="Surrogate">The surrogate's first.</param>
/// <param name="SurrogateCount">How many, at least 1.</param>
public readonly record struct AlignedRun(int Upstream, int UpstreamCount, int Surrogate, int SurrogateCount);
