namespace Tda.Curation.Deduplication;

/// <summary>
/// Documents that share a band's key, as lists of those that stay: a document is compared with the kept ones of its buckets alone, so that a
/// thousand copies of one mail cost a thousand comparisons and not half a million. Holds 8 bytes a band and document.
/// </summary>
internal sealed class BandBuckets
{
    private const int None = -1;

    private readonly uint[][] _keys; // [band][document]: the key, later the number of its bucket; 0 is that of documents that share none
    private readonly int[][] _heads; // [band][bucket]: the kept document that was added last
    private readonly int[][] _next; // [band][document]: the kept one added before it

    /// <param name="bands">Bands.</param>
    /// <param name="documents">Documents.</param>
    public BandBuckets(int bands, int documents)
    {
        _keys = [.. Enumerable.Range(0, bands).Select(_ => new uint[documents])];
        _heads = new int[bands][];
        _next = new int[bands][];
    }

    /// <summary>Notes a document's keys. Safe from several threads, each document once.</summary>
    public void Note(int document, ReadOnlySpan<uint> keys)
    {
        for (var band = 0; band < keys.Length; band++)
        {
            _keys[band][document] = keys[band];
        }
    }

    /// <summary>Puts documents of equal keys together, band by band on several threads.</summary>
    /// <param name="takesPart">Whether a document is to be compared at all.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="cancellation">Stops.</param>
    public void Close(Func<int, bool> takesPart, int threads, CancellationToken cancellation)
    {
        int[] documents = [.. Enumerable.Range(0, _keys[0].Length).Where(takesPart)];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, _keys.Length, options, band => Close(band, documents));
    }

    /// <summary>Whether a document shares a bucket with another.</summary>
    public bool IsShared(int document) => Array.Exists(_keys, band => band[document] != 0);

    /// <summary>The kept documents of a document's buckets; one that shares several comes several times.</summary>
    public IEnumerable<int> Kept(int document)
    {
        for (var band = 0; band < _keys.Length; band++)
        {
            for (var other = _heads[band][_keys[band][document]]; other != None; other = _next[band][other])
            {
                yield return other;
            }
        }
    }

    /// <summary>Adds a document that stays to its buckets.</summary>
    public void Keep(int document)
    {
        for (var band = 0; band < _keys.Length; band++)
        {
            if (_keys[band][document] is > 0 and var bucket)
            {
                (_next[band][document], _heads[band][bucket]) = (_heads[band][bucket], document);
            }
        }
    }

    private void Close(int band, int[] documents)
    {
        var keys = _keys[band];
        uint[] sorted = [.. documents.Select(document => keys[document])];
        int[] places = [.. documents];
        Array.Sort(sorted, places);
        keys.AsSpan().Clear();
        var buckets = 0u;
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                buckets++;
                foreach (var document in places.AsSpan(start..end))
                {
                    keys[document] = buckets;
                }
            }

            start = end;
        }

        (_heads[band], _next[band]) = (new int[buckets + 1], new int[keys.Length]);
        _heads[band].AsSpan().Fill(None);
    }
}
