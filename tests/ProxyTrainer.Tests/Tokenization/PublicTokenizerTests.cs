using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Tokenization;
using Tda.TestKit;
using TiktokenTokenizer = Microsoft.ML.Tokenizers.TiktokenTokenizer;

namespace Tda.ProxyTrainer.Tests.Tokenization;

/// <summary>OpenAI's tokenizers: ours, and the tokenizer.json that we write of them, against Microsoft.ML.Tokenizers.</summary>
public sealed class PublicTokenizerTests
{
    private static readonly ConcurrentDictionary<string, (ModelTokenizer Made, ModelTokenizer Written, JsonNode File)> Tokenizers = new();

    public static TheoryData<string> Names => [.. PublicTokenizer.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_HardTexts_AsMicrosoftsTokenizer(string name)
    {
        var (made, written, _) = Open(name);
        var theirs = TiktokenTokenizer.CreateForEncoding(name);
        foreach (var text in HardTexts.All.Concat(Enumerable.Range(0, 100).Select(seed => Texts.Random(seed))))
        {
            var ids = made.Encode(text);
            Assert.Equal(ids, written.Encode(text));
            Assert.True(!ComparesByUnits(text) || theirs.EncodeToIds(text).SequenceEqual(ids), $"{name}: {text}");
        }

        var compared = HardTexts.All.Count(ComparesByUnits);
        Assert.True(compared > 240, $"{compared} compared");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_HardTexts_ComeBackWithSpans(string name) => Assert.All(HardTexts.All, text => RoundTrip.Holds(Open(name).Made, text));

    [Theory]
    [InlineData("r50k_base", 50_257, 50_256)]
    [InlineData("cl100k_base", 100_258, 100_257)]
    [InlineData("o200k_base", 200_000, 199_999)]
    public void Open_ByName_SizesAndTheEndsIdAsPublished(string name, int size, int end)
    {
        var (made, written, _) = Open(name);

        Assert.Equal((size, end, end, end), (made.VocabularySize, made.BosId, made.EosId, made.PadId));
        Assert.Equal((made.Hash, "<|endoftext|>"), (written.Hash, written.Token(end)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Save_Merges_EachOfTwoTokensOfLowerRank(string name)
    {
        var file = Open(name).File;
        var ids = file["model"]!["vocab"]!.AsObject().ToDictionary(token => token.Key, token => token.Value!.GetValue<int>(), StringComparer.Ordinal);
        var last = -1;
        foreach (var merge in file["model"]!["merges"]!.AsArray())
        {
            var parts = merge!.GetValue<string>().Split(' ');
            var id = ids[parts[0] + parts[1]];
            Assert.True(id > last && ids[parts[0]] < id && ids[parts[1]] < id, merge.ToJsonString());
            last = id;
        }
    }

    [Fact]
    public void Open_NeitherNameNorFile_NamesThem() =>
        Assert.Contains("o200k_base", Assert.Throws<UsageException>(() => PublicTokenizer.Open("p50k")).Message, StringComparison.Ordinal);

    /// <summary>
    /// Whether their patterns, which see UTF-16 units, see what the patterns mean: no letter, digit or mark outside the basic plane, and
    /// neither of the two letters that are an s and a k whatever the case. They find special tokens in text, too.
    /// </summary>
    private static bool ComparesByUnits(string text) => !text.Contains("<|endoftext|>", StringComparison.Ordinal) && !text.EnumerateRunes().Any(rune =>
        rune.Value is 0x17F or 0x212A || (!rune.IsBmp && (Rune.IsLetter(rune) || Rune.IsNumber(rune) || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)))
        && !Enumerable.Range(0, text.Length).Any(at => char.IsSurrogate(text[at]) && !Rune.TryGetRuneAt(text, at, out _) && (at == 0 || !char.IsSurrogatePair(text[at - 1], text[at])));

    private static (ModelTokenizer Made, ModelTokenizer Written, JsonNode File) Open(string name) => Tokenizers.GetOrAdd(name, _ =>
    {
        using var directory = new TempDirectory();
        var made = PublicTokenizer.Open(name);
        made.Save(directory["tokenizer.json"]);
        return (made, ModelTokenizer.Load(directory["tokenizer.json"]), JsonNode.Parse(File.ReadAllText(directory["tokenizer.json"]))!);
    });
}
