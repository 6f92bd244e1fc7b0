namespace Tda.Curation.Selection;

/// <summary>One walk down the ranking: marks windows around tokens above τ while the budget lasts.</summary>
internal sealed class MaskWalk(double tau, int window, long budget)
{
    private readonly List<MaskedDocument> _masked = [];
    private long _left = budget;

    public bool Spent => _left == 0;

    public long MaskedAbove { get; private set; }

    public IReadOnlyList<MaskedDocument> Masked => _masked;

    public void Visit(DocumentTokenScores document)
    {
        var places = new HashSet<int>();

        // Strongest first, so that a budget ending inside a document is spent on its strongest tokens.
        var centres = Enumerable.Range(0, document.Scores.Length)
            .Where(place => document.Scores[place] > tau)
            .OrderByDescending(place => document.Scores[place])
            .ThenBy(place => place);
        foreach (var centre in centres)
        {
            Take(centre);
            for (var distance = 1; distance <= window; distance++)
            {
                // Neighbours are neighbouring label tokens: a position that carries no loss is neither masked nor jumped over.
                Take(Array.BinarySearch(document.Tokens, document.Tokens[centre] - distance));
                Take(Array.BinarySearch(document.Tokens, document.Tokens[centre] + distance));
            }
        }

        if (places.Count > 0)
        {
            MaskedAbove += places.Count(place => document.Scores[place] > tau);
            _masked.Add(MaskedDocument.Of(document, places));
        }

        // A negative place is that of no label token.
        void Take(int place)
        {
            if (place >= 0 && _left > 0 && places.Add(place))
            {
                _left--;
            }
        }
    }
}
