using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Trains byte-level byte-pair encoding: 1. count the distinct words of the texts; 2. merge the most frequent pair of
/// neighbouring tokens, again and again. Only words that hold the merged pair are touched, and a heap with lazily
/// corrected counts gives the next pair, so the cost follows the number of distinct words, not the size of the text.
/// </summary>
/// <remarks>Equal counts go to the pair with the lower token ids: the result depends on the texts alone, not on their order.</remarks>
public static class BpeTrainer
{
    public static ByteLevelBpe Train(
        IEnumerable<string> texts, BpeOptions options, IProgressSink? progress = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var words = CountWords(texts, cancellationToken);
        return new ByteLevelBpe(MergePairs(words, options, progress ?? NullProgress.Instance, cancellationToken));
    }

    private static List<Word> CountWords(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = PreTokenizer.NextEnd(text, start);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(start, end - start), out _)++;
            }
        }

        // Ordinal order makes the run independent of the order of the texts.
        return counts.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new Word([.. Encoding.UTF8.GetBytes(pair.Key).Select(b => b + BpeVocabulary.FirstByteId)], pair.Value))
            .ToList();
    }

    private static BpeVocabulary MergePairs(
        List<Word> words, BpeOptions options, IProgressSink progress, CancellationToken cancellationToken)
    {
        var vocabulary = new BpeVocabulary();
        using var task = progress.Start("tokenizer", options.VocabularySize - vocabulary.Count, "merges");

        var pairs = new Dictionary<(int Left, int Right), PairUse>();
        for (var index = 0; index < words.Count; index++)
        {
            var word = words[index];
            for (var i = 1; i < word.Length; i++)
            {
                Add(pairs, (word.Ids[i - 1], word.Ids[i]), word.Count, index);
            }
        }

        var heap = new PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)>(
            pairs.Select(pair => (pair.Key, (-pair.Value.Count, pair.Key.Left, pair.Key.Right))));
        var changed = new HashSet<(int Left, int Right)>();
        var first = vocabulary.Count;
        while (vocabulary.Count < options.VocabularySize && heap.TryDequeue(out var pair, out var priority))
        {
            var use = pairs[pair];
            if (use.Count != -priority.NegativeCount)
            {
                if (use.Count > 0)
                {
                    heap.Enqueue(pair, (-use.Count, pair.Left, pair.Right)); // the count has changed since: queue it anew
                }

                continue;
            }

            if (use.Count < options.MinimumFrequency)
            {
                break;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var merged = vocabulary.AddMerge(pair.Left, pair.Right);
            changed.Clear();
            foreach (var index in use.Words)
            {
                Merge(words, index, pair, merged, pairs, changed);
            }

            pairs.Remove(pair);
            foreach (var key in changed)
            {
                heap.Enqueue(key, (-pairs[key].Count, key.Left, key.Right));
            }

            task.Report(vocabulary.Count - first);
        }

        return vocabulary;
    }

    /// <summary>Merges every occurrence of the pair in one word, left to right, and corrects the counts of the neighbours.</summary>
    private static void Merge(
        List<Word> words, int index, (int Left, int Right) pair, int merged,
        Dictionary<(int, int), PairUse> pairs, HashSet<(int Left, int Right)> changed)
    {
        var word = words[index];
        var ids = word.Ids;
        var length = word.Length;
        var write = 0;
        for (var read = 0; read < length; read++)
        {
            if (read + 1 < length && ids[read] == pair.Left && ids[read + 1] == pair.Right)
            {
                if (write > 0)
                {
                    pairs[(ids[write - 1], pair.Left)].CountDown(word.Count, unless: (ids[write - 1], pair.Left) == pair);
                    Add(pairs, (ids[write - 1], merged), word.Count, index);
                    changed.Add((ids[write - 1], merged));
                }

                if (read + 2 < length)
                {
                    pairs[(pair.Right, ids[read + 2])].CountDown(word.Count, unless: (pair.Right, ids[read + 2]) == pair);
                    Add(pairs, (merged, ids[read + 2]), word.Count, index);
                    changed.Add((merged, ids[read + 2]));
                }

                ids[write++] = merged;
                read++;
            }
            else
            {
                ids[write++] = ids[read];
            }
        }

        words[index] = word with { Length = write };
    }

    private static void Add(Dictionary<(int, int), PairUse> pairs, (int, int) pair, int count, int word)
    {
        ref var use = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out _);
        use ??= new PairUse();
        use.Count += count;
        use.Words.Add(word);
    }

    private readonly record struct Word(int[] Ids, int Count)
    {
        public int Length { get; init; } = Ids.Length;
    }

    private sealed class PairUse
    {
        public long Count { get; set; }

        /// <summary>Words that held the pair at some time; some may hold it no more.</summary>
        public HashSet<int> Words { get; } = [];

        /// <summary>The merged pair itself is removed as a whole, so overlapping occurrences (aaa) need no counting down.</summary>
        public void CountDown(int count, bool unless) => Count -= unless ? 0 : count;
    }
}

/// <summary>How to train a tokenizer.</summary>
public sealed record BpeOptions
{
    /// <summary>Most tokens, with the three special ones and the 256 bytes; 260 to 1,000,000, default 2,000.</summary>
    public int VocabularySize { get; init; } = 2_000;

    /// <summary>A pair seen fewer times isn't merged; at least 1, default 2.</summary>
    public int MinimumFrequency { get; init; } = 2;

    internal void Validate() => new OptionChecks()
        .Between("vocabulary size", VocabularySize, 260, 1_000_000)
        .AtLeast("minimum frequency", MinimumFrequency, 1)
        .Throw("The tokenizer's");
}
