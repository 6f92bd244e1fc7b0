using System.Buffers;
using System.Collections.Concurrent;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Byte-level byte-pair encoding as GPT-2 does it, and Llama 3, Qwen and Pythia with rules of their own (<see cref="EncodingRules"/>): words,
/// their UTF-8 bytes merged by rank.
/// Every UTF-8 text comes back unchanged, or in the normal form that the rules ask for; a lone surrogate comes back as U+FFFD.
/// </summary>
public sealed class ByteLevelBpe : ModelTokenizer
{
    // Words repeat (Zipf): measured on e-mail, the cache answers over 95 % of them. Bounded, since a server's input is not.
    private const int MaxCachedWords = 200_000;
    private const int MaxCachedWordLength = 64;

    private readonly int[] _byteIds = new int[256];
    private readonly MergeTable _merges;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheLookup;
    private readonly (string Text, int Id)[] _added;
    private readonly SearchValues<char> _addedBeginnings;
    private readonly Dictionary<string, int>? _whole;
    private int _cached;

    internal ByteLevelBpe(BpeVocabulary vocabulary)
        : base(vocabulary)
    {
        _merges = new(vocabulary.Merges);
        for (var id = vocabulary.Count - 1; id >= 0; id--)
        {
            if (!vocabulary.IsSpecial(id) && vocabulary.Bytes(id) is [byte single])
            {
                _byteIds[single] = id;
            }
        }

        _added = [.. vocabulary.Rules.Added.Select(token => (token, Enumerable.Range(0, vocabulary.Count).First(id => vocabulary.Token(id) == token)))];
        _addedBeginnings = SearchValues.Create([.. _added.Select(token => token.Text[0]).Distinct()]);
        _whole = vocabulary.Rules.WholeWords
            ? Enumerable.Range(0, vocabulary.Count).Where(id => !vocabulary.IsSpecial(id)).ToDictionary(vocabulary.Token, id => id, StringComparer.Ordinal)
            : null;
        _cacheLookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        Hash = vocabulary.Hash();
    }

    public override string Hash { get; }

    public override void Save(string path) => TokenizerFile.Write(path, Vocabulary, TokenizerParts.Of(Vocabulary.Rules));

    public override int[] Encode(string text)
    {
        if (!Vocabulary.Rules.ArePlain)
        {
            return [.. EncodeWithSpans(text).Select(token => token.Id)];
        }

        var ids = new List<int>(text.Length / 3 + 4);
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = PreTokenizer.NextEnd(text, start);
            ids.AddRange(EncodeWord(text.AsSpan(start, end - start)));
        }

        return [.. ids];
    }

    public override TokenSpan[] EncodeWithSpans(string text)
    {
        var spans = new List<TokenSpan>(text.Length / 3 + 4);
        var rules = Vocabulary.Rules;
        if (rules.ArePlain)
        {
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = PreTokenizer.NextEnd(text, start);
                AddWord(text, start, end, spans);
            }

            return [.. spans];
        }

        foreach (var (start, end, id) in Parts(text))
        {
            if (id is { } added)
            {
                spans.Add(new TokenSpan(added, start, end));
                continue;
            }

            var part = text[start..end];
            var composed = rules.Composes ? new ComposedText(part) : null;
            var first = spans.Count;
            foreach (var word in rules.Splitter.Words(composed?.Text ?? part))
            {
                AddWord(composed?.Text ?? part, word.Start, word.End, spans);
            }

            for (var i = first; i < spans.Count; i++)
            {
                var (from, to) = composed?.Original(spans[i].Start, spans[i].End) ?? (spans[i].Start, spans[i].End);
                spans[i] = new TokenSpan(spans[i].Id, start + from, start + to);
            }
        }

        return [.. spans];
    }

    public override string Decode(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(DecodeBytes(ids));

    /// <summary>The text's parts: tokens that are found as they stand, the longest where several begin, and what lies between.</summary>
    private List<(int Start, int End, int? Id)> Parts(string text)
    {
        List<(int Start, int End, int? Id)> parts = [];
        var done = 0;
        for (var at = 0; at < text.Length && _added.Length > 0;)
        {
            var next = text.AsSpan(at).IndexOfAny(_addedBeginnings);
            if (next < 0)
            {
                break;
            }

            at += next;
            var found = Array.Find(_added, token => text.AsSpan(at).StartsWith(token.Text));
            if (found.Text is null)
            {
                at++;
                continue;
            }

            if (at > done)
            {
                parts.Add((done, at, null));
            }

            parts.Add((at, at + found.Text.Length, found.Id));
            at = done = at + found.Text.Length;
        }

        if (done < text.Length)
        {
            parts.Add((done, text.Length, null));
        }

        return parts;
    }

    private void AddWord(string text, int start, int end, List<TokenSpan> spans)
    {
        var position = start;  // where the character that holds the next byte begins
        var offset = 0;        // bytes of that character already taken
        foreach (var id in EncodeWord(text.AsSpan(start, end - start)))
        {
            var first = position;
            var last = position;
            for (var left = Vocabulary.Bytes(id).Length; left > 0;)
            {
                Rune.DecodeFromUtf16(text.AsSpan(position), out var rune, out var characters);
                var taken = Math.Min(left, rune.Utf8SequenceLength - offset);
                left -= taken;
                offset += taken;
                last = position + characters;
                if (offset == rune.Utf8SequenceLength)
                {
                    (position, offset) = (last, 0);
                }
            }

            spans.Add(new TokenSpan(id, first, last));
        }
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (_cacheLookup.TryGetValue(word, out var ids))
        {
            return ids;
        }

        ids = _whole is not null && _whole.TryGetValue(Written(word), out var whole) ? [whole] : Merge(word);
        if (word.Length <= MaxCachedWordLength && Volatile.Read(ref _cached) < MaxCachedWords && _cache.TryAdd(word.ToString(), ids))
        {
            Interlocked.Increment(ref _cached);
        }

        return ids;
    }

    /// <summary>A word as vocabulary files write it.</summary>
    private static string Written(ReadOnlySpan<char> word) =>
        string.Concat(Encoding.UTF8.GetBytes(word.ToArray()).Select(ByteAlphabet.CharacterOf));

    private int[] Merge(ReadOnlySpan<char> word)
    {
        var utf8 = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        var ids = new int[Encoding.UTF8.GetBytes(word, utf8)];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = _byteIds[utf8[i]];
        }

        _merges.Apply(ids);
        return [.. ids.Where(id => id >= 0)];
    }
}
