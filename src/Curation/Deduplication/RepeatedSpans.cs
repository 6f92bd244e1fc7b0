using System.Runtime.InteropServices;
using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Deduplication;

/// <summary>
/// Finds documents of which much stands in others word for word: runs of at least n words, n = 50 as in Lee et al. 2022, <i>Deduplicating
/// Training Data Makes Language Models Better</i> (arXiv 2107.06499). Where they take a suffix array, windows of n words are hashed: a word is
/// repeated when a window over it stands in a document that comes before in the order and stays.
/// <list type="number">
/// <item>One pass: which windows may be in two places (<see cref="SeenTwice"/>).</item>
/// <item>A second pass writes those windows of each document, with their places, into a temporary file.</item>
/// <item>In the order in which documents are kept: the share of a document's words that are repeated. From the given share on it is dropped,
/// or these words masked. What stays owns the windows that nobody owned before.</item>
/// <item>A third pass states the decisions, with the longest passage that the twin has too; the twin is who owns most of the windows.</item>
/// </list>
/// A second run drops nothing more. Memory grows with the windows that several documents have, 24 bytes each, and with nothing else of the text.
/// </summary>
/// <param name="options">What counts as repeated, and what becomes of it.</param>
/// <param name="keep">Which document comes first.</param>
internal sealed class RepeatedSpans(SpanOptions options, KeepOptions keep) : ICurationStage
{
    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "substrings",
        "Leaves out, or masks, what stands in another document word for word.",
        $"words 50, share 0.5 (0 with mask), action drop (or mask), {KeepOptions.Help}",
        (given, _) =>
        {
            var action = given.Choice("action", SpanAction.Drop);
            var share = given.Number("share", action == SpanAction.Drop ? .5 : 0, 0, 1);
            return new RepeatedSpans(new SpanOptions { Words = given.Count("words", 50, 5, 1000), Share = share, Action = action }, KeepOptions.Read(given));
        });

    public string Rule { get; } = FormattableString.Invariant(
        $"substrings: {(options.Action == SpanAction.Drop ? "drops" : "masks")} at ≥ {options.Share} of the words in runs of {options.Words} that stand elsewhere; {keep.InWords}");

    public IReadOnlyDictionary<string, string> Inputs { get; } = new Dictionary<string, string>();

    /// <summary>Threads of a pass.</summary>
    public DocumentPass Passes { get; init; } = DocumentPass.OnAllCores;

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        // 1. Windows that may be in two places.
        var order = KeepOrder.Of(keep, documents.Count);
        var seen = new SeenTwice(documents.Count);
        Passes.Run(documents, context, "substrings: reading", () => new Windows(options.Words), (windows, index, document) =>
        {
            order.Note(index, document);
            foreach (var window in windows.Read(document.Text))
            {
                seen.Note(window);
            }
        });

        // 2. Those of each document.
        using var file = new HashFile(documents.Count);
        Passes.Run(documents, context, "substrings: windows", () => (Windows: new Windows(options.Words), Found: new List<ulong>()), (tools, index, document) =>
        {
            tools.Found.Clear();
            foreach (var (place, window) in tools.Windows.Read(document.Text).Index().Where(item => seen.IsTwice(item.Item)))
            {
                tools.Found.Add((ulong)place);
                tools.Found.Add(window);
            }

            if (tools.Found.Count > 0)
            {
                tools.Found.Add((ulong)tools.Windows.Words.Count);
                file.Add(index, CollectionsMarshal.AsSpan(tools.Found));
            }
        });
        file.Close();

        // 3. Who repeats whom.
        var sorted = order.Sorted();
        var owners = new Dictionary<ulong, int>();
        var twins = Walk(sorted, file, owners, context);

        // 4. Decisions.
        var places = KeepOrder.Places(sorted);
        var own = new Windows(options.Words);
        var action = options.Action == SpanAction.Drop ? CurationAction.Drop : CurationAction.Mask;
        var template = new Decision("", action, Rule) { Reason = "substring", Threshold = options.Share };
        var decisions = twins.Decisions(order.Ids, template, documents, context, (decision, document, index) =>
        {
            // What came to be owned after the document's turn doesn't count.
            int[] owner = [.. own.Read(document.Text).Select(window => owners.TryGetValue(window, out var it) && places[it] < places[index] ? it : -1)];
            var (start, end) = own.Longest(owner, twins.Of(index).Twin);
            return decision with
            {
                Evidence = Shingles.Passage(document.Text, start, end),
                Mask = action == CurationAction.Mask ? new DocumentMask(document.Id, [], own.Spans(owner)) : null,
                Value = action == CurationAction.Mask ? null : decision.Value, // a mask's value would be read as its tokens, and no tokenizer took part
                Threshold = action == CurationAction.Mask ? null : decision.Threshold,
            };
        });
        foreach (var decision in decisions)
        {
            yield return decision;
        }
    }

    private TwinList Walk(int[] sorted, HashFile file, Dictionary<ulong, int> owners, StageContext context)
    {
        var twins = new TwinList(sorted.Length);
        var buffer = new ulong[1024];
        var counts = new Dictionary<int, int>(); // windows by owner
        using var task = context.Progress.Start("substrings: comparing", sorted.Length, "documents");
        for (var turn = 0; turn < sorted.Length; turn++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            task.Report(turn + 1);
            var document = sorted[turn];
            if (file.Count(document) == 0)
            {
                continue;
            }

            var found = file.Read(document, ref buffer);
            var (repeated, end) = (0, 0);
            counts.Clear();
            for (var i = 0; i + 1 < found.Length; i += 2)
            {
                if (owners.TryGetValue(found[i + 1], out var owner))
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, owner, out _)++;
                    repeated += (int)found[i] + options.Words - Math.Max(end, (int)found[i]);
                    end = (int)found[i] + options.Words;
                }
            }

            var share = repeated / (double)found[^1];
            var goes = repeated > 0 && share >= options.Share;
            if (goes)
            {
                // Equal counts: the one that was owner first.
                twins.Drop(document, counts.MaxBy(count => count.Value).Key, share);
            }

            for (var i = 0; i + 1 < found.Length && !(goes && options.Action == SpanAction.Drop); i += 2)
            {
                owners.TryAdd(found[i + 1], document);
            }
        }

        return twins;
    }

    /// <summary>The windows of a text; one thread's.</summary>
    private sealed class Windows(int size)
    {
        private readonly List<ulong> _windows = [];

        public HashedWords Words { get; } = new();

        /// <summary>Hashes of all windows in turn; none of a shorter text.</summary>
        public List<ulong> Read(string text)
        {
            Words.Read(text);
            Shingles.Read(Words.Count < size ? [] : Words.Hashes, size, _windows);
            return _windows;
        }

        /// <summary>Characters of the longest run of windows of one owner.</summary>
        public (int Start, int End) Longest(int[] owners, int owner)
        {
            var (best, longest, length) = (0, 0, 0);
            for (var i = 0; i < owners.Length; i++)
            {
                length = owners[i] == owner ? length + 1 : 0;
                if (length > longest)
                {
                    (best, longest) = (i - length + 1, length);
                }
            }

            return (Words.Place(best).Start, Words.Place(best + longest + size - 2).End);
        }

        /// <summary>Characters of all words under owned windows, as a mask's spans.</summary>
        public int[][] Spans(int[] owners)
        {
            var spans = new List<int[]>();
            for (var i = 0; i < owners.Length; i++)
            {
                if (owners[i] < 0)
                {
                    continue;
                }

                var (start, end) = (Words.Place(i).Start, Words.Place(i + size - 1).End);
                if (spans.Count > 0 && start <= spans[^1][1])
                {
                    spans[^1][1] = end;
                }
                else
                {
                    spans.Add([start, end]);
                }
            }

            return [.. spans];
        }
    }
}

/// <summary>What counts as repeated, and what becomes of it.</summary>
internal sealed record SpanOptions
{
    /// <summary>Words of the shortest run that counts: 5 to 1,000.</summary>
    public int Words { get; init; } = 50;

    /// <summary>Share of a document's words from which something happens: 0 to 1.</summary>
    public double Share { get; init; } = .5;

    /// <summary>What happens.</summary>
    public SpanAction Action { get; init; } = SpanAction.Drop;
}

/// <summary>What becomes of a document with repeated runs.</summary>
internal enum SpanAction
{
    /// <summary>It is left out.</summary>
    Drop,

    /// <summary>It stays, with the repeated runs masked: characters, which any tokenizer's tokens can be found for.</summary>
    Mask,
}
