namespace Tda.Curation.Selection;

/// <summary>One walk down the ranking: marks windows around tokens above τ while the budget lasts.</summary>
internal sealed class MaskWalk(double tau, int window, long budget)
{
    private readonly List<MaskedDocument> _masked = [];
    private long _left = budget;
    private int _visited;

    public long Budget { get; } = budget;

    public bool Spent => _left == 0;

    public long MaskedAbove { get; private set; }

    public IReadOnlyList<MaskedDocument> Masked => _masked;

    public void Visit(DocumentTokenScores document)
    {
        _visited++;
        var places = new HashSet<int>();
        foreach (var centre in PlacesAbove(document))
        {
            Mark(document, centre, places);
        }

        if (places.Count == 0)
        {
            return;
        }

        MaskedAbove += places.Count(place => document.Scores[place] > tau);
        _masked.Add(MaskedDocument.Of(document, _visited, places));
    }

    // Strongest first, so that a budget ending inside a document is spent on its strongest tokens.
    private IEnumerable<int> PlacesAbove(DocumentTokenScores document) =>
        Enumerable.Range(0, document.Scores.Count)
            .Where(place => document.Scores[place] > tau)
            .OrderByDescending(place => document.Scores[place])
            .ThenBy(place => place);

    private void Mark(DocumentTokenScores document, int centre, HashSet<int> places)
    {
        Take(centre);
        for (var distance = 1; distance <= window; distance++)
        {
            // Neighbours are neighbouring label tokens: a position that carries no loss is neither masked nor jumped over.
            if (At(-distance) is { } left)
            {
                Take(left);
            }

            if (At(+distance) is { } right)
            {
                Take(right);
            }
        }

        void Take(int place)
        {
            if (_left > 0 && places.Add(place))
            {
                _left--;
            }
        }

        int? At(int offset)
        {
            var place = centre + offset;
            if (place >= 0 && place < document.Tokens.Count && document.Tokens[place] == document.Tokens[centre] + offset)
            {
                return place;
            }

            return PlaceOf(document, document.Tokens[centre] + offset);
        }
    }

    private static int? PlaceOf(DocumentTokenScores document, int token)
    {
        var (low, high) = (0, document.Tokens.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (document.Tokens[middle] == token)
            {
                return middle;
            }

            if (document.Tokens[middle] < token)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return null;
    }
}
