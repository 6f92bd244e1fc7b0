using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Tests.Tokenization;

public sealed class TokenizerFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Load_AfterSave_EncodesAlikeWithSameHash()
    {
        var saved = Train();
        saved.Save(_path);
        var loaded = ModelTokenizer.Load(_path);
        Assert.Equal(saved.Hash, loaded.Hash);
        Assert.Equal((saved.BosId, saved.EosId, saved.PadId, saved.VocabularySize), (loaded.BosId, loaded.EosId, loaded.PadId, loaded.VocabularySize));
        for (var seed = 0; seed < 50; seed++)
        {
            var text = Texts.Random(seed);
            Assert.Equal(saved.Encode(text), loaded.Encode(text));
        }
    }

    [Fact]
    public void Load_MergesAsPairs_Reads()
    {
        var saved = Train();
        saved.Save(_path);
        var file = Parse();
        file["model"]!["merges"] = new JsonArray([.. file["model"]!["merges"]!.AsArray()
            .Select(m => (JsonNode)new JsonArray([.. m!.GetValue<string>().Split(' ').Select(p => (JsonNode)p)]))]);
        File.WriteAllText(_path, file.ToJsonString());
        Assert.Equal(saved.Hash, ModelTokenizer.Load(_path).Hash);
    }

    [Theory]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\"}", "Metaspace")]
    [InlineData("normalizer", "{\"type\":\"NFKC\"}", "NFKC")]
    [InlineData("normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Lowercase\"}]}", "Lowercase")]
    [InlineData("pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\"}]}", "ByteLevel")]
    [InlineData("pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"String\":\"x\"},\"behavior\":\"Isolated\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]}", "Split")]
    [InlineData("pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"x\"},\"behavior\":\"Removed\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]}", "Removed")]
    [InlineData("pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a++\"},\"behavior\":\"Isolated\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]}", "++")]
    [InlineData("pre_tokenizer", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a\"},\"behavior\":\"Isolated\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]}", "(a")]
    [InlineData("added_tokens", "[{\"id\":0,\"content\":\"<|bos|>\",\"special\":true},{\"id\":1,\"content\":\"<|eos|>\",\"special\":true},{\"id\":2,\"content\":\"<|pad|>\",\"special\":false,\"lstrip\":true}]", "lstrip")]
    [InlineData("model", "{\"type\":\"Unigram\"}", "Unigram")]
    [InlineData("pre_tokenizer", "{\"type\":\"ByteLevel\",\"add_prefix_space\":true}", "prefix space")]
    public void Load_UnsupportedPart_IsRefusedByName(string member, string value, string named)
    {
        Train().Save(_path);
        var file = Parse();
        file[member] = JsonNode.Parse(value);
        File.WriteAllText(_path, file.ToJsonString());
        var error = Assert.Throws<BadInputException>(() => ModelTokenizer.Load(_path));
        Assert.Contains(named, error.Message);
        Assert.Contains(_path, error.Message);
    }

    [Fact]
    public void Load_TruncatedFile_Throws()
    {
        Train().Save(_path);
        File.WriteAllText(_path, File.ReadAllText(_path)[..1000]);
        Assert.Throws<BadInputException>(() => ModelTokenizer.Load(_path));
    }

    private static ByteLevelBpe Train() => BpeTrainer.Train([Texts.English, Texts.Random(1), Texts.Random(1)], new BpeOptions { VocabularySize = 350 });

    private JsonNode Parse() => JsonNode.Parse(File.ReadAllText(_path))!;
}
