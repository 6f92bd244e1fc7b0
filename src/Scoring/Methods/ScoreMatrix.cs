using Tda.Scoring.Gradients;
using Tda.Scoring.Index;

namespace Tda.Scoring.Methods;

/// <summary>Scores of documents for targets, row-major [targets, documents]. A document that was set apart is NaN.</summary>
public sealed class ScoreMatrix : IScoreRows
{
    private readonly float[] _values;

    /// <summary>All zero.</summary>
    public ScoreMatrix(int targets, int documents)
    {
        (Targets, Documents) = (targets, documents);
        _values = new float[checked(targets * documents)];
    }

    /// <inheritdoc/>
    public int Targets { get; }

    /// <inheritdoc/>
    public int Documents { get; }

    /// <summary>One score.</summary>
    public ref float this[int target, int document] => ref _values[target * Documents + document];

    /// <summary>The scores of all documents for one target.</summary>
    public Span<float> Row(int target) => _values.AsSpan(target * Documents, Documents);

    ReadOnlySpan<float> IScoreRows.Row(int target) => Row(target);

    /// <inheritdoc/>
    public void Exclude(int document)
    {
        for (var t = 0; t < Targets; t++)
        {
            this[t, document] = float.NaN;
        }
    }

    /// <summary>Names every document whose score is NaN, once.</summary>
    internal void NameExcluded(IRowSource documents, Action<ExcludedDocument> excluded, string reason)
    {
        for (var d = 0; Targets > 0 && d < Documents; d++)
        {
            if (float.IsNaN(this[0, d]))
            {
                excluded(new ExcludedDocument(documents.IdOf(d), "scores", reason));
            }
        }
    }
}
