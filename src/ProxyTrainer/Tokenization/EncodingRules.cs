using System.Text.Json.Nodes;
using ADRaffy.ENSNormalize;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// What a byte-level BPE does with text before it merges: the tokens that are found in it as they stand, its normal form, its words. The
/// members of <c>tokenizer.json</c> that say so are kept, to be written again and for the hash.
/// </summary>
internal sealed record EncodingRules
{
    /// <summary>GPT-2's: no normal form, its pattern, nothing found as it stands.</summary>
    public static EncodingRules Gpt2 { get; } = new() { Splitter = new([], byGpt2: true) };

    public required WordSplitter Splitter { get; init; }

    /// <summary>Whether text is brought to Unicode's normal form C first.</summary>
    public bool Composes { get; init; }

    /// <summary>Whether a word that is a token is that token, whatever its merges say.</summary>
    public bool WholeWords { get; init; }

    /// <summary>Tokens that are found in text before anything else, such as runs of spaces; longest first.</summary>
    public IReadOnlyList<string> Added { get; init; } = [];

    /// <summary>The normaliser as the file has it.</summary>
    public JsonNode? Normalizer { get; init; }

    /// <summary>The pre-tokeniser as the file has it; null for GPT-2's alone.</summary>
    public JsonNode? Words { get; init; }

    /// <summary>Whether these are GPT-2's rules.</summary>
    public bool ArePlain => Splitter.IsGpt2 && !Composes && !WholeWords && Added.Count == 0;

    /// <summary>A line for hashes; empty for GPT-2's rules, so that theirs stay what they were.</summary>
    public string Canonical() => ArePlain ? "" : $"rules {Normalizer?.ToJsonString()} {Words?.ToJsonString()} {WholeWords} {JsonSerializer.Serialize(Added)}\n";

    /// <summary>Reads them; of what is none of these, <paramref name="refuse"/> makes an error.</summary>
    public static EncodingRules Read(JsonNode file, IEnumerable<string> added, Func<string, Exception> refuse)
    {
        JsonNode[] normalizers = [.. Steps(file["normalizer"], "normalizers")];
        if (Array.Find(normalizers, step => TypeOf(step) != "NFC") is { } other)
        {
            throw refuse($"the normalizer \"{TypeOf(other)}\" is not supported");
        }

        var patterns = new List<string>();
        bool? byGpt2 = null;
        foreach (var step in Steps(file["pre_tokenizer"], "pretokenizers"))
        {
            if (byGpt2 is not null)
            {
                throw refuse($"the pre-tokenizer \"{TypeOf(step)}\" behind ByteLevel is not supported");
            }

            switch (TypeOf(step))
            {
                case "ByteLevel":
                    byGpt2 = step["use_regex"]?.GetValue<bool>() ?? true;
                    if (step["add_prefix_space"]?.GetValue<bool>() ?? true)
                    {
                        throw refuse("a ByteLevel pre-tokenizer with a prefix space is not supported");
                    }

                    break;
                case "Split":
                    patterns.Add(Pattern(step, refuse));
                    break;
                case "Digits":
                    patterns.Add(step["individual_digits"]?.GetValue<bool>() == true ? @"\p{N}" : @"\p{N}+");
                    break;
                default:
                    throw refuse($"the pre-tokenizer is \"{TypeOf(step)}\", which is not supported");
            }
        }

        var splitter = new WordSplitter(patterns, byGpt2 ?? throw refuse("there is no ByteLevel pre-tokenizer"));
        return new()
        {
            Splitter = splitter,
            Composes = normalizers.Length > 0,
            WholeWords = file["model"]?["ignore_merges"]?.GetValue<bool>() ?? false,
            Added = [.. added.OrderByDescending(token => token.Length).ThenBy(token => token, StringComparer.Ordinal)],
            Normalizer = file["normalizer"]?.DeepClone(),
            Words = splitter.IsGpt2 ? null : file["pre_tokenizer"]?.DeepClone(),
        };
    }

    private static string Pattern(JsonNode step, Func<string, Exception> refuse)
    {
        var pattern = step["pattern"]?["Regex"]?.GetValue<string>()
            ?? throw refuse($"a Split pre-tokenizer by {step["pattern"]?.ToJsonString() ?? "nothing"} is not supported");
        if (step["behavior"]?.GetValue<string>() != "Isolated" || step["invert"]?.GetValue<bool>() == true)
        {
            throw refuse($"a Split pre-tokenizer of behavior {step["behavior"]}{(step["invert"]?.GetValue<bool>() == true ? ", inverted," : "")} is not supported");
        }

        return WordSplitter.Refusal(pattern) is { } why ? throw refuse($"{why} is not supported") : pattern;
    }

    private static IEnumerable<JsonNode> Steps(JsonNode? node, string members) =>
        node is null ? [] : TypeOf(node) == "Sequence" ? node[members]!.AsArray().Select(step => step!) : [node];

    private static string? TypeOf(JsonNode node) => node["type"]?.GetValue<string>();
}

/// <summary>A text in normal form C, and where its characters come from.</summary>
/// <remarks>.NET composes by the system's ICU, which the program does without.</remarks>
internal sealed class ComposedText
{
    // No character up to here changes, whatever stands beside it.
    private const char LastThatStays = '\u02FF';

    private readonly int[]? _starts; // of each character, and the end
    private readonly int[]? _ends;

    /// <param name="text">The text; a lone surrogate becomes U+FFFD, as in UTF-8.</param>
    public ComposedText(string text)
    {
        text = Whole(text);
        Text = text;
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', LastThatStays))
        {
            return;
        }

        var all = ENSNormalize.NF.NFC(text);
        if (all == text)
        {
            return;
        }

        // Nothing is composed across text elements; should it be, all of the text is one piece.
        var (composed, starts, ends) = ByElements(text);
        (Text, _starts, _ends) = composed == all
            ? (all, starts, ends)
            : (all, [.. Enumerable.Repeat(0, all.Length)], [.. Enumerable.Repeat(text.Length, all.Length)]);
    }

    public string Text { get; }

    /// <summary>Where a run of its characters stands in the original.</summary>
    public (int Start, int End) Original(int start, int end) => _starts is null ? (start, end) : (_starts[start], _ends![end - 1]);

    private static (string Text, int[] Starts, int[] Ends) ByElements(string text)
    {
        var composed = new StringBuilder(text.Length);
        var (starts, ends) = (new List<int>(), new List<int>());
        var elements = StringInfo.ParseCombiningCharacters(text);
        for (var i = 0; i < elements.Length; i++)
        {
            var (start, end) = (elements[i], i + 1 < elements.Length ? elements[i + 1] : text.Length);
            var element = ENSNormalize.NF.NFC(text[start..end]);
            var same = element.AsSpan().SequenceEqual(text.AsSpan(start, end - start));
            for (var c = 0; c < element.Length; c++)
            {
                starts.Add(same ? start + c : start);
                ends.Add(same ? start + c + 1 : end);
            }

            composed.Append(element);
        }

        return (composed.ToString(), [.. starts], [.. ends]);
    }

    private static string Whole(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        var whole = text.ToCharArray();
        for (var i = 0; i < whole.Length; i++)
        {
            if (char.IsHighSurrogate(whole[i]) && i + 1 < whole.Length && char.IsLowSurrogate(whole[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(whole[i]))
            {
                whole[i] = '\uFFFD';
            }
        }

        return new(whole);
    }
}
