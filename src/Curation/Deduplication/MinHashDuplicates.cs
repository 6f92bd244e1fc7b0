using System.IO.Hashing;
using System.Runtime.InteropServices;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Deduplication;

/// <summary>
/// Leaves out documents that share most of their word n-grams with one that stays:
/// <list type="number">
/// <item>One pass: MinHash keys of every document, and a hash of its whole sequence of words.</item>
/// <item>Of documents of equal words the first is compared, by bands: with those that share a key. The others share its fate and its twin.</item>
/// <item>A second pass writes the n-gram sets of documents that share a key into a temporary file.</item>
/// <item>In the order in which documents are kept: one goes if its exact Jaccard similarity to a <b>kept</b> one is at least the threshold;
/// its twin is the most similar of them.</item>
/// <item>A third pass states the decisions, with a shared passage.</item>
/// </list>
/// Hence every dropped document is that similar to the twin that it names, and a second run removes nothing. In a chain a–b–c with a unlike c,
/// where the order is a, b, c, b goes and c stays. Neither the corpus's order nor threads change anything. Documents without words stay.
/// </summary>
/// <param name="options">What counts as near.</param>
/// <param name="keep">Which document stays.</param>
internal sealed class MinHashDuplicates(MinHashOptions options, KeepOptions keep) : ICurationStage
{
    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "minhash",
        "Leaves out documents that share most of their word n-grams with another.",
        $"threshold 0.8, words 5, recall 0.98, {KeepOptions.Help}",
        (given, _) => new MinHashDuplicates(
            new MinHashOptions
            {
                Threshold = given.Number("threshold", .8, .2, 1),
                Words = given.Count("words", 5, 1, 50),
                Recall = given.Number("recall", .98, .5, .9999),
            },
            KeepOptions.Read(given)));

    public string Rule { get; } = InWords(options, keep);

    public IReadOnlyDictionary<string, string> Inputs { get; } = new Dictionary<string, string>();

    /// <summary>The hash functions.</summary>
    public MinHash MinHash { get; init; } = MinHash.For(options.Threshold, options.Recall);

    /// <summary>Threads of a pass.</summary>
    public DocumentPass Passes { get; init; } = DocumentPass.OnAllCores;

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        // 1. Keys.
        var (order, sequences, buckets) = Survey(documents, context);

        // 2. Whom to compare.
        var sorted = order.Sorted();
        var firsts = FirstOfEqual(sorted, sequences);
        buckets.Close(document => firsts[document] == document && sequences[document] != 0, Passes.Threads, context.Cancellation);

        // 3. Their n-grams.
        using var sets = new HashFile(documents.Count);
        Passes.Run(documents, context, "minhash: n-grams", () => new Tools(MinHash.Bands), (tools, index, document) =>
        {
            if (buckets.IsShared(index))
            {
                tools.Words.Read(document.Text);
                sets.Add(index, Shingles.ReadSet(tools.Words.Hashes, options.Words, tools.Shingles));
            }
        });
        sets.Close();

        // 4. Who stays.
        var twins = Walk(sorted, firsts, buckets, sets, context);

        // 5. Decisions.
        var template = new Decision("", CurationAction.Drop, Rule) { Reason = "near", Threshold = options.Threshold };
        var own = new Tools(MinHash.Bands);
        var decisions = twins.Decisions(order.Ids, template, documents, context, (decision, document, place) =>
            decision with { Evidence = Evidence(document, sets, twins.Of(place).Twin, own) });
        foreach (var decision in decisions)
        {
            yield return decision; // here, so that the file is there until the last
        }
    }

    private static string InWords(MinHashOptions options, KeepOptions keep)
    {
        var minHash = MinHash.For(options.Threshold, options.Recall);
        return FormattableString.Invariant(
            $"minhash: Jaccard similarity of word {options.Words}-grams ≥ {options.Threshold}, pairs found by {minHash.Bands} bands of {minHash.Rows} rows; {keep.InWords}");
    }

    /// <summary>Order, hash of all words (0: no words) and keys of every document.</summary>
    private (KeepOrder Order, UInt128[] Sequences, BandBuckets Buckets) Survey(StageDocuments documents, StageContext context)
    {
        var order = KeepOrder.Of(keep, documents.Count);
        var sequences = new UInt128[documents.Count];
        var buckets = new BandBuckets(MinHash.Bands, documents.Count);
        Passes.Run(documents, context, "minhash: reading", () => new Tools(MinHash.Bands), (tools, index, document) =>
        {
            order.Note(index, document);
            tools.Words.Read(document.Text);
            if (tools.Words.Count > 0)
            {
                sequences[index] = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(tools.Words.Hashes));
                Shingles.Read(tools.Words.Hashes, options.Words, tools.Shingles);
                MinHash.Read(CollectionsMarshal.AsSpan(tools.Shingles), tools.Keys);
                buckets.Note(index, tools.Keys);
            }
        });
        return (order, sequences, buckets);
    }

    /// <summary>For each document the first, in the order, of the same words.</summary>
    private static int[] FirstOfEqual(int[] sorted, UInt128[] sequences)
    {
        var firsts = new int[sorted.Length];
        var seen = new Dictionary<UInt128, int>(sorted.Length);
        foreach (var document in sorted)
        {
            firsts[document] = sequences[document] == 0 || seen.TryAdd(sequences[document], document) ? document : seen[sequences[document]];
        }

        return firsts;
    }

    private TwinList Walk(int[] sorted, int[] firsts, BandBuckets buckets, HashFile sets, StageContext context)
    {
        var twins = new TwinList(sorted.Length);
        var places = KeepOrder.Places(sorted);
        var (own, other) = (new ulong[1024], new ulong[1024]);
        var compared = new HashSet<int>();
        using var task = context.Progress.Start("minhash: comparing", sorted.Length, "documents");
        for (var place = 0; place < sorted.Length; place++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var document = sorted[place];
            task.Report(place + 1);
            if (firsts[document] is var first && first != document)
            {
                var (twin, likeness) = twins.IsKept(first) ? (first, 1) : twins.Of(first);
                twins.Drop(document, twin, likeness);
                continue;
            }

            compared.Clear();
            var (best, similarity) = (document, 0.0);
            var set = ReadOnlySpan<ulong>.Empty;
            foreach (var kept in buckets.Kept(document))
            {
                if (!CanBeNear(sets.Count(document), sets.Count(kept)) || !compared.Add(kept))
                {
                    continue;
                }

                set = set.IsEmpty ? sets.Read(document, ref own) : set;
                var likeness = Shingles.Jaccard(set, sets.Read(kept, ref other));
                if (likeness > similarity || (likeness == similarity && places[kept] < places[best]))
                {
                    (best, similarity) = (kept, likeness);
                }
            }

            if (similarity >= options.Threshold)
            {
                twins.Drop(document, best, similarity);
            }
            else
            {
                buckets.Keep(document);
            }
        }

        return twins;
    }

    /// <summary>Two sets are at most as similar as the smaller is to the larger when it lies inside.</summary>
    private bool CanBeNear(int a, int b) => (double)Math.Min(a, b) / Math.Max(a, b) >= options.Threshold;

    private string? Evidence(Document document, HashFile sets, int twin, Tools tools)
    {
        tools.Words.Read(document.Text);
        if (sets.Count(twin) == 0)
        {
            // Only documents of the very same words are dropped for one that was compared with none.
            return Shingles.Passage(document.Text, tools.Words.Place(0).Start, tools.Words.Place(tools.Words.Count - 1).End);
        }

        Shingles.Read(tools.Words.Hashes, options.Words, tools.Shingles);
        return Shingles.Shared(document.Text, tools.Words, tools.Shingles, options.Words, sets.Read(twin, ref tools.Other));
    }

    /// <summary>What one thread works with.</summary>
    private sealed class Tools(int bands)
    {
        public ulong[] Other = new ulong[1024];

        public HashedWords Words { get; } = new();

        public List<ulong> Shingles { get; } = [];

        public uint[] Keys { get; } = new uint[bands];
    }
}

/// <summary>What counts as near.</summary>
internal sealed record MinHashOptions
{
    /// <summary>Jaccard similarity of the n-gram sets from which documents are near: .2 to 1.</summary>
    public double Threshold { get; init; } = .8;

    /// <summary>Words of an n-gram: 1 to 50.</summary>
    public int Words { get; init; } = 5;

    /// <summary>Share of the pairs right at the threshold that the bands find: .5 to .9999. More similar pairs are found more often.</summary>
    public double Recall { get; init; } = .98;
}
