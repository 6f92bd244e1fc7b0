namespace Tda.Scoring.Methods;

/// <summary>Scores of documents for targets, row-major [targets, documents], zero at first. A document that was set apart is NaN.</summary>
public sealed class ScoreMatrix(int targets, int documents) : IScoreRows
{
    private readonly float[] _values = new float[checked(targets * documents)];

    /// <inheritdoc/>
    public int Targets => targets;

    /// <inheritdoc/>
    public int Documents => documents;

    /// <summary>One score.</summary>
    public ref float this[int target, int document] => ref _values[target * Documents + document];

    /// <summary>The scores of all documents for one target.</summary>
    public Span<float> Row(int target) => _values.AsSpan(target * Documents, Documents);

    ReadOnlySpan<float> IScoreRows.Row(int target) => Row(target);

    /// <summary>Marks a document as set apart.</summary>
    public void Exclude(int document)
    {
        for (var t = 0; t < Targets; t++)
        {
            this[t, document] = float.NaN;
        }
    }

    /// <summary>Adds <paramref name="weight"/> times a part to the rows that begin at <paramref name="first"/>; NaN stays NaN.</summary>
    internal void Add(ScoreMatrix part, int first, double weight)
    {
        var to = _values.AsSpan(first * Documents);
        for (var i = 0; i < part._values.Length; i++)
        {
            to[i] += (float)(weight * part._values[i]);
        }
    }

    /// <summary>Puts a part into the rows that begin at <paramref name="first"/>.</summary>
    internal void Set(ScoreMatrix part, int first) => part._values.CopyTo(_values, first * Documents);

    /// <summary>Marks a document as set apart and names it.</summary>
    internal void Exclude(int document, IRowSource rows, Action<ExcludedDocument> excluded, string reason)
    {
        Exclude(document);
        excluded(new ExcludedDocument(rows.IdOf(document), "scores", reason));
    }

    /// <summary>The same of all documents for which <paramref name="apart"/> is true.</summary>
    internal void Exclude(Func<int, bool> apart, IRowSource rows, Action<ExcludedDocument> excluded, string reason)
    {
        foreach (var d in Enumerable.Range(0, Documents).Where(apart))
        {
            Exclude(d, rows, excluded, reason);
        }
    }

    /// <summary>Names every document whose score is NaN, once.</summary>
    internal void NameExcluded(IRowSource rows, Action<ExcludedDocument> excluded, string reason)
    {
        foreach (var d in Enumerable.Range(0, Targets > 0 ? Documents : 0).Where(d => float.IsNaN(this[0, d])))
        {
            excluded(new ExcludedDocument(rows.IdOf(d), "scores", reason));
        }
    }
}

/// <summary>Scores of documents for targets, read target by target, wherever they are kept.</summary>
public interface IScoreRows
{
    /// <summary>Number of targets.</summary>
    int Targets { get; }

    /// <summary>Number of documents.</summary>
    int Documents { get; }

    /// <summary>The scores of all documents for one target, NaN for those set apart; valid until the next call.</summary>
    ReadOnlySpan<float> Row(int target);
}

/// <summary>Scores by tracked layer, row-major [targets, layers, documents]. Over the layers they add up to the scores.</summary>
public sealed class LayerScores(int targets, int layers, int documents)
{
    private readonly float[] _values = new float[checked(targets * layers * documents)];

    /// <summary>Number of layers.</summary>
    public int Layers => layers;

    /// <summary>The scores of all documents for one target by one layer.</summary>
    public Span<float> Row(int target, int layer) => _values.AsSpan((target * layers + layer) * documents, documents);

    /// <summary>Adds another's scores, times a factor.</summary>
    public void Add(LayerScores other, float factor)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            _values[i] += factor * other._values[i];
        }
    }
}
