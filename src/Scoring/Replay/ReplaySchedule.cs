namespace Tda.Scoring.Replay;

/// <summary>
/// Which states of a training are kept while it is walked back through, and how often it is computed again for it. A stretch of n steps is cut into k
/// parts, whose first states are kept, and the last part likewise until its parts are single steps: <c>1 + L(k − 1)</c> states at once for
/// <c>k^L ≥ T</c> steps, each computed L times. With L = 2 those are the √T of the literature (Chen et al. 2016, 1604.06174).
/// </summary>
internal static class ReplaySchedule
{
    /// <summary>k: the most parts, and so the least to compute again, for which no more states are kept than may be; 2 at least.</summary>
    /// <param name="steps">T, at least 1.</param>
    /// <param name="states">How many may be kept at once.</param>
    public static int Branching(int steps, long states)
    {
        for (var levels = 1; ; levels++)
        {
            var parts = Math.Max(2, Root(steps, levels));
            if (parts == 2 || Kept(parts, levels) <= states)
            {
                return parts;
            }
        }
    }

    /// <summary>Length of the parts that a stretch of so many steps is cut into.</summary>
    public static int Stride(int steps, int branching) => Math.Max(1, (steps + branching - 1) / branching);

    /// <summary>L: how often a step is computed, the first time included.</summary>
    public static int Levels(int steps, int branching)
    {
        var levels = 1;
        for (var left = steps; left > branching; left = Stride(left, branching))
        {
            levels++;
        }

        return levels;
    }

    /// <summary>States that are kept at once, at most.</summary>
    public static long Kept(int branching, int levels) => 1 + ((long)levels * (branching - 1));

    // The least whole k with k^levels ≥ steps.
    private static int Root(int steps, int levels)
    {
        var root = (int)Math.Ceiling(Math.Pow(steps, 1.0 / levels) - 1e-9);
        while (Math.Pow(root, levels) < steps)
        {
            root++;
        }

        return root;
    }
}
