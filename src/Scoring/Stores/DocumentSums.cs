namespace Tda.Scoring.Stores;

/// <summary>Adds up the scores of a document's rows, which stand one after the other, and passes each document on once.</summary>
internal sealed class DocumentSums(int directions, StoreScorer.Visitor visit)
{
    private readonly float[] _sums = new float[directions];
    private int _current = -1;

    /// <summary>Takes rows' scores, row-major (rows, directions).</summary>
    public void Add(ReadOnlySpan<int> documents, ReadOnlySpan<float> scores)
    {
        for (var row = 0; row < documents.Length; row++)
        {
            var own = scores.Slice(row * directions, directions);
            if (documents[row] != _current)
            {
                Complete();
                _current = documents[row];
                own.CopyTo(_sums);
            }
            else
            {
                for (var q = 0; q < directions; q++)
                {
                    _sums[q] += own[q];
                }
            }
        }
    }

    /// <summary>Passes on the last document.</summary>
    public void Complete()
    {
        if (_current >= 0)
        {
            visit(_current, _sums);
        }

        _current = -1;
    }
}
