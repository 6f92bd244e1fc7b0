namespace Tda.Scoring.Attribution.Runs;

/// <summary>
/// The scores of a run: a single model's, or the mean of an ensemble's members with its spread, a target at a time. Owns the members'
/// scores.
/// </summary>
/// <param name="members">Each member's scores, of one shape.</param>
/// <param name="difference">Whether the first target is the second less the third (<see cref="ExplainedTargets"/>).</param>
internal sealed class AveragedScores(IReadOnlyList<IScoreRows> members, bool difference) : IScoreRows, IDisposable
{
    private (int Target, EnsembleScores Scores)? _current;

    /// <inheritdoc/>
    public int Targets => members[0].Targets;

    /// <inheritdoc/>
    public int Documents => members[0].Documents;

    /// <summary>Members that were averaged.</summary>
    public int Members => members.Count;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Row(int target) => members.Count == 1 ? members[0].Row(target) : Of(target).Mean.Row(0);

    /// <summary>Standard deviation of a score over the members; null for one.</summary>
    public double? Spread(int target, int document) => members.Count == 1 ? null : Of(target).Deviation[0, document];

    /// <summary>The mean's 95 % interval; null for one member.</summary>
    public ValueInterval? Interval(int target, int document) =>
        members.Count == 1 ? null : new ValueInterval(Of(target).Lower[0, document], Of(target).Upper[0, document]);

    /// <inheritdoc/>
    public void Exclude(int document)
    {
        foreach (var m in members)
        {
            m.Exclude(document);
        }

        _current = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var m in members.OfType<IDisposable>())
        {
            m.Dispose();
        }
    }

    private EnsembleScores Of(int target)
    {
        if (_current is { } known && known.Target == target)
        {
            return known.Scores;
        }

        var scores = Spread(target);
        if (difference && target == 0)
        {
            // To the last bit that of the rows beside it, which an average of differences is not.
            var (first, second) = (Spread(1).Mean, Spread(2).Mean);
            var row = scores.Mean.Row(0);
            for (var d = 0; d < row.Length; d++)
            {
                row[d] = first[0, d] - second[0, d];
            }
        }
        _current = (target, scores);
        return scores;
    }

    private EnsembleScores Spread(int target) => EnsembleSpread.Of([.. members.Select(m =>
    {
        var own = new ScoreMatrix(1, m.Documents);
        m.Row(target).CopyTo(own.Row(0));
        return own;
    })]);
}
