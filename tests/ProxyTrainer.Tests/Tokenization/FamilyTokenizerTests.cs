using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Tokenization;
using Tda.TestKit;

namespace Tda.ProxyTrainer.Tests.Tokenization;

/// <summary>Tokenisers as the model families publish them: patterns before ByteLevel, normal form C, added tokens, whole words.</summary>
public sealed class FamilyTokenizerTests : IDisposable
{
    // The patterns that stand in the tokenizer.json of Llama 3 and of Qwen 2.
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Llama3, "I'LL pay 12345 €.\n\n  ok", "I|'LL| pay| |123|45| €.\n\n| | ok")]
    [InlineData(Qwen2, "I'LL pay 123 €.\n\n  ok", "I|'LL| pay| |1|2|3| €.\n\n| | ok")]
    [InlineData(Llama3, "𝒜𝒷c 𐍈 🙂🙂x", "𝒜𝒷c| 𐍈| 🙂🙂|x")]
    [InlineData(Llama3, "it'ſ 5\u212A 'ſx", "it|'ſ| |5|\u212A| '|ſx")]
    [InlineData(Llama3, "\t\tif(x){\r\n    y+=1;\r\n}", "\t|\tif|(x|){\r\n|   | y|+=|1|;\r\n|}")]
    public void Words_OfPublishedPatterns_AsTheyAreOverCodePoints(string pattern, string text, string words)
    {
        var splitter = new WordSplitter([pattern], byGpt2: false);

        Assert.Equal(words.Split('|'), splitter.Words(text).Select(word => text[word.Start..word.End]));
    }

    [Fact]
    public void Words_DigitsBeforeGpt2_EachDigitAlone() => Assert.Equal(
        ["a", " ", "1", "2", " b"], new WordSplitter([@"\p{N}"], byGpt2: true).Words("a 12 b").Select(word => "a 12 b"[word.Start..word.End]));

    [Fact]
    public void Encode_AnyText_SpansHoldTheTokensBytesAndAreInOrder()
    {
        var tokenizer = Load(file =>
        {
            file["normalizer"] = new JsonObject { ["type"] = "NFC" };
            file["pre_tokenizer"] = Split(Qwen2);
        });
        foreach (var text in HardTexts.All.Concat(Enumerable.Range(0, 300).Select(seed => Texts.Random(seed))))
        {
            AssertRoundTrip(tokenizer, text);
        }
    }

    [Fact]
    public void Encode_DecomposedText_ComposedIdsWithSpansOfTheOriginal()
    {
        var tokenizer = Load(file => file["normalizer"] = new JsonObject { ["type"] = "NFC" });
        const string Text = "cafe\u0301 \u1112\u1161\u11ab x";

        var spans = tokenizer.EncodeWithSpans(Text);

        Assert.Equal(tokenizer.Encode("café 한 x"), spans.Select(span => span.Id));
        Assert.Equal("café 한 x", tokenizer.Decode([.. spans.Select(span => span.Id)]));
        Assert.Contains(spans, span => (span.Start, span.End) == (3, 5));
        Assert.Contains(spans, span => (span.Start, span.End) == (6, 9));
        Assert.Equal(Text.Length, spans[^1].End);
    }

    [Fact]
    public void Encode_RunsOfSpacesAmongTheAddedTokens_TheLongestOfThem()
    {
        var tokenizer = Load(file =>
        {
            var added = file["added_tokens"]!.AsArray();
            var next = file["model"]!["vocab"]!.AsObject().Count;
            foreach (var run in new[] { "  ", "    " })
            {
                added.Add(new JsonObject { ["id"] = next++, ["content"] = run, ["special"] = false, ["normalized"] = true });
            }
        });
        const string Text = "a       b";

        var spans = tokenizer.EncodeWithSpans(Text);

        Assert.Equal([(1, 5), (5, 7)], spans.Where(span => span.Id >= tokenizer.VocabularySize - 2).Select(span => (span.Start, span.End)));
        AssertRoundTrip(tokenizer, Text);
    }

    [Fact]
    public void Encode_WordThatIsATokenWithoutMerges_ThatTokenWhereMergesAreIgnored()
    {
        void Add(JsonNode file)
        {
            var vocabulary = file["model"]!["vocab"]!.AsObject();
            vocabulary["Ġzyxw"] = vocabulary.Count;
        }

        var merging = Load(Add);
        var whole = Load(file =>
        {
            Add(file);
            file["model"]!["ignore_merges"] = true;
        });

        Assert.True(merging.Encode(" zyxw").Length > 1);
        Assert.Equal([whole.VocabularySize - 1], whole.Encode(" zyxw"));
        Assert.NotEqual(merging.Hash, whole.Hash);
    }

    [Fact]
    public void Save_RulesOfAFamily_ReadAgainEncodesAlike()
    {
        var tokenizer = Load(file =>
        {
            file["normalizer"] = new JsonObject { ["type"] = "NFC" };
            file["pre_tokenizer"] = Split(Llama3);
            file["model"]!["ignore_merges"] = true;
        });

        tokenizer.Save(_directory["again.json"]);
        var again = ModelTokenizer.Load(_directory["again.json"]);

        Assert.Equal(tokenizer.Hash, again.Hash);
        Assert.All(Enumerable.Range(0, 50).Select(seed => Texts.Random(seed)), text => Assert.Equal(tokenizer.Encode(text), again.Encode(text)));
    }

    private static void AssertRoundTrip(ModelTokenizer tokenizer, string text) =>
        RoundTrip.Holds(tokenizer, text, whole => tokenizer.Decode(tokenizer.Encode(text)) is var decoded && decoded == whole
            ? whole
            : ADRaffy.ENSNormalize.ENSNormalize.NF.NFC(whole));

    private static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
            new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false },
            new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false }),
    };

    private ModelTokenizer Load(Action<JsonNode> change)
    {
        var path = _directory["tokenizer.json"];
        BpeTrainer.Train([Texts.English, Texts.Random(1)], new BpeOptions { VocabularySize = 350 }).Save(path);
        var file = JsonNode.Parse(File.ReadAllText(path))!;
        change(file);
        File.WriteAllText(path, file.ToJsonString());
        return ModelTokenizer.Load(path);
    }
}
