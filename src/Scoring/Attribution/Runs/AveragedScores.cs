namespace Tda.Scoring.Attribution.Runs;

/// <summary>
/// The scores of a run: a single model's, or the mean of an ensemble's members with its spread, a target at a time. Owns the members'
/// scores.
/// </summary>
/// <param name="difference">Whether the first target is the second less the third (<see cref="ExplainedTargets"/>).</param>
internal sealed class AveragedScores(bool difference) : IScoreRows, IDisposable
{
    private readonly List<IScoreRows> _members = [];
    private int _target = -1;
    private float[][] _rows = []; // the members' scores for that target
    private float[] _mean = [];

    /// <inheritdoc/>
    public int Targets => _members[0].Targets;

    /// <inheritdoc/>
    public int Documents => _members[0].Documents;

    /// <summary>The members' own scores.</summary>
    public IReadOnlyList<IScoreRows> Members => _members;

    /// <summary>Members so far.</summary>
    public int Count => _members.Count;

    /// <summary>Takes another member's scores, of the others' shape.</summary>
    public void Add(IScoreRows member) => _members.Add(member);

    /// <summary>Throws the members' scores away.</summary>
    public void Clear()
    {
        foreach (var m in _members.OfType<IDisposable>())
        {
            m.Dispose();
        }

        _members.Clear();
        _target = -1;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Row(int target)
    {
        if (Count == 1)
        {
            return _members[0].Row(target);
        }

        Load(target);
        return _mean;
    }

    /// <summary>How the members differ in a score; null for one.</summary>
    public MemberSpread? Spread(int target, int document)
    {
        if (Count == 1)
        {
            return null;
        }

        Load(target);
        return EnsembleSpread.Of([.. _rows.Select(m => m[document])]);
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Load(int target)
    {
        if (_target != target)
        {
            _rows = Rows(target);
            // To the last bit that of the rows beside it, which an average of differences is not.
            _mean = difference && target == 0 ? Differential.Of(Mean(Rows(1)), Mean(Rows(2))) : Mean(_rows);
            _target = target;
        }
    }

    private float[][] Rows(int target) => [.. _members.Select(m => m.Row(target).ToArray())];

    private static float[] Mean(float[][] rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(d => (float)rows.Average(r => (double)r[d]))];
}
