namespace Tda.Review.Deciding;

/// <summary>Documents that say nearly the same as others: Jaccard similarity of their sets of five words one after the other.</summary>
internal static class NearDuplicates
{
    /// <summary>Documents are near-duplicates from this share of common shingles on.</summary>
    public const double Threshold = .8;

    /// <summary>Of larger corpora none are looked for while a reviewer waits: curation's own stage finds them.</summary>
    public const int MostDocuments = 200_000;

    private const int Words = 5;

    private static readonly char[] Blanks = [' ', '\n', '\r', '\t'];

    /// <summary>The near-duplicates of some documents in a corpus, themselves left out, with the most similar of them; null where the corpus is too large.</summary>
    public static IReadOnlyList<(Document Twin, string Of, double Similarity)>? Find(Corpus corpus, IReadOnlyCollection<Document> documents, CancellationToken cancellation)
    {
        if (corpus.Count > MostDocuments)
        {
            return null;
        }

        var wanted = documents.ToDictionary(document => document.Id, document => Shingles(document.Text), StringComparer.Ordinal);
        List<(Document, string, double)> twins = [];
        foreach (var other in corpus.Documents().Where(other => !wanted.ContainsKey(other.Id)))
        {
            cancellation.ThrowIfCancellationRequested();
            var own = Shingles(other.Text);
            var (best, of) = (0.0, "");
            foreach (var (id, shingles) in wanted)
            {
                // Sets of very different sizes can't be alike: most pairs end here.
                if (Math.Min(own.Count, shingles.Count) < Threshold * Math.Max(own.Count, shingles.Count))
                {
                    continue;
                }

                double common = own.Count(shingles.Contains);
                var similarity = common / (own.Count + shingles.Count - common);
                (best, of) = similarity > best ? (similarity, id) : (best, of);
            }

            if (best >= Threshold)
            {
                twins.Add((other, of, best));
            }
        }

        return twins;
    }

    private static HashSet<string> Shingles(string text)
    {
        var words = text.ToLowerInvariant().Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        return words.Length <= Words
            ? [string.Join(' ', words)]
            : [.. Enumerable.Range(0, words.Length - Words + 1).Select(i => string.Join(' ', words, i, Words))];
    }
}
