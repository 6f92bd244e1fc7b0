namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// The n-grams that some queries ask about: contexts of 0 to n − 1 tokens, and events, a context with the token that follows it. Nothing else is
/// counted of a corpus, so that memory is the queries', however many documents are read.
/// </summary>
internal sealed class QueryNgrams
{
    private readonly Dictionary<(int Context, int Token), int> _longer = [];
    private readonly Dictionary<(int Context, int Token), int> _following = [];
    private readonly List<(int Context, int Shorter, int Length)> _events = [];
    private readonly int _order;

    /// <summary>The n-grams of queries.</summary>
    /// <param name="queries">
    /// Each BOS + prompt + completion, with the place of the first explained token; what comes before it is context alone.
    /// </param>
    /// <param name="order">n, at least 1.</param>
    public QueryNgrams(IEnumerable<(int[] Tokens, int First)> queries, int order)
    {
        _order = order;
        Predictions = [.. queries.Select(query => Enumerable.Range(query.First, Math.Max(0, query.Tokens.Length - query.First))
            .Select(at => Add(query.Tokens, at)).ToArray())];
    }

    /// <summary>Contexts, the empty one first.</summary>
    public int Contexts { get; private set; } = 1;

    /// <summary>
    /// Events: each with its context, the event of the same token in the context without its first token (−1: there is none shorter), which has a
    /// lower number, and how many tokens the context has.
    /// </summary>
    public IReadOnlyList<(int Context, int Shorter, int Length)> Events => _events;

    /// <summary>Of every query the event of each explained token in its longest context.</summary>
    public IReadOnlyList<int[]> Predictions { get; }

    /// <summary>Counts a document's n-grams that a query asks about.</summary>
    /// <param name="document">BOS + tokens + EOS: all but the first are counted as what follows a context.</param>
    /// <param name="counts">What they are added to.</param>
    /// <param name="hits">Told of each: the token's place, the context, and the event, or −1 where only its context is asked about.</param>
    public void Count(ReadOnlySpan<int> document, NgramCounts counts, List<(int Place, int Context, int Event)>? hits = null)
    {
        for (var at = 1; at < document.Length; at++)
        {
            var (context, known, length) = (0, true, 0);
            do
            {
                var found = -1;
                known = known && _following.TryGetValue((context, document[at]), out found);
                found = known ? found : -1;
                counts.Add(context, found);
                hits?.Add((at, context, found));
            }
            while (++length < _order && length <= at && _longer.TryGetValue((context, document[at - length]), out context));
        }
    }

    private int Add(int[] tokens, int at)
    {
        var (context, shorter) = (0, -1);
        for (var length = 0; ; length++)
        {
            if (!_following.TryGetValue((context, tokens[at]), out var found))
            {
                _following[(context, tokens[at])] = found = _events.Count;
                _events.Add((context, shorter, length));
            }

            shorter = found;
            if (length + 1 == _order || length + 1 > at)
            {
                return found;
            }

            var before = (context, tokens[at - length - 1]);
            if (!_longer.TryGetValue(before, out context))
            {
                _longer[before] = context = Contexts++;
            }
        }
    }
}

/// <summary>How often contexts and events of a <see cref="QueryNgrams"/> occur in some documents.</summary>
internal sealed class NgramCounts(QueryNgrams ngrams)
{
    private readonly long[] _contexts = new long[ngrams.Contexts];
    private readonly long[] _events = new long[ngrams.Events.Count];
    private readonly List<(int Context, int Event)> _added = [];

    /// <summary>How often each context has a token after it.</summary>
    public ReadOnlySpan<long> Contexts => _contexts;

    /// <summary>How often each event occurs.</summary>
    public ReadOnlySpan<long> Events => _events;

    /// <summary>Counts a context, and the event in it unless that is −1.</summary>
    public void Add(int context, int @event)
    {
        if (_contexts[context]++ == 0)
        {
            _added.Add((context, -1));
        }

        if (@event >= 0 && _events[@event]++ == 0)
        {
            _added.Add((-1, @event));
        }
    }

    /// <summary>Counts nothing again; takes as long as there are different n-grams counted.</summary>
    public void Clear()
    {
        foreach (var (context, @event) in _added)
        {
            (context >= 0 ? ref _contexts[context] : ref _events[@event]) = 0;
        }

        _added.Clear();
    }
}
