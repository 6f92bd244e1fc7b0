namespace Tda.Scoring.Methods;

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
