using FsCheck.Fluent;
using Tda.Core.Masks;
using Tda.TestKit;

namespace Tda.Core.Tests.Masks;

public sealed class TokenMaskTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Of_LabelsOfNeighbours_JoinsSpansAndKeepsEosApart()
    {
        var document = new Document("d", "s", "abcdef");
        var tokens = new ByteTokenizer(2).EncodeWithSpans(document.Text); // ab cd ef
        var mask = TokenMask.Of(document, tokens, [4, 2, 3, 2]);
        Assert.Equal([2, 3, 4], mask.Tokens);
        Assert.Equal([[2, 6], [6, 6]], mask.Spans);
    }

    [Fact]
    public void Align_SameTokenizer_GivesTheSameLabels()
    {
        // With whole characters in every token, a mask must survive the way through characters unchanged.
        var cases = from text in Gen.Elements('a', 'b', ' ').ListOf() from picks in Gen.Choose(0, 30).ListOf() select (text: string.Concat(text), picks);
        Property.Holds(cases, c =>
        {
            var tokenizer = new ByteTokenizer(3);
            var document = new Document("d", "s", c.text);
            var tokens = tokenizer.EncodeWithSpans(c.text);
            int[] labels = [.. c.picks.Where(p => p <= tokens.Length).Select(p => p + 1).Distinct().Order()];
            var mask = TokenMask.Of(document, tokens, labels);
            Assert.Equal(labels, TokenMask.Align(mask, tokenizer, document));
        });
    }

    [Fact]
    public void Align_AnotherTokenizer_MasksEveryTokenThatTouchesAMaskedCharacter()
    {
        var text = Gen.Elements("a", "é", "日", "😀", " ").ListOf().Select(parts => string.Concat(parts));
        Property.Holds(from t in text from picks in Gen.Choose(0, 40).ListOf() select (t, picks), c =>
        {
            ITokenizer first = new ByteTokenizer(3);
            ITokenizer second = new ByteTokenizer(2);
            var document = new Document("d", "s", c.t);
            var tokens = first.EncodeWithSpans(c.t);
            var mask = TokenMask.Of(document, tokens, c.picks.Where(p => p <= tokens.Length).Select(p => p + 1));
            HashSet<int> masked = [.. mask.Tokens.Where(l => l <= tokens.Length).SelectMany(l => Enumerable.Range(tokens[l - 1].Start, tokens[l - 1].End - tokens[l - 1].Start))];

            var others = second.EncodeWithSpans(c.t);
            List<int> expected = [.. others.Select((span, i) => (span, i)).Where(o => Enumerable.Range(o.span.Start, o.span.End - o.span.Start).Any(masked.Contains)).Select(o => o.i + 1)];
            if (mask.Tokens.Contains(tokens.Length + 1))
            {
                expected.Add(others.Length + 1);
            }

            Assert.Equal(expected, TokenMask.Align(mask, second, document));
        });
    }

    [Fact]
    public void Align_AnotherDocument_IsRefused()
    {
        var mask = new DocumentMask("d", [1], [[0, 5]]);
        Assert.Throws<BadInputException>(() => TokenMask.Align(mask, new ByteTokenizer(), new Document("d", "s", "abc")));
        Assert.Throws<ArgumentException>(() => TokenMask.Align(mask, new ByteTokenizer(), new Document("e", "s", "abcdef")));
    }

    [Fact]
    public void Write_ThenRead_RoundTrips()
    {
        var path = _temp["mask.jsonl"];
        TokenMask.Write(path, [new DocumentMask("a", [1, 3], [[0, 2], [4, 5]]), new DocumentMask("b", [], [])]);
        var read = TokenMask.Read(path);
        Assert.Equal("{\"id\":\"a\",\"tokens\":[1,3],\"spans\":[[0,2],[4,5]]}", File.ReadLines(path).First());
        Assert.Equal(["a", "b"], read.Select(m => m.Id));
        Assert.Equal([1, 3], read[0].Tokens);
    }

    [Theory]
    [InlineData("""{"id":"a","tokens":[0],"spans":[]}""", "at least 1")]
    [InlineData("""{"id":"a","tokens":[2,2],"spans":[]}""", "ascending")]
    [InlineData("""{"id":"a","tokens":[1],"spans":[[3,1]]}""", "pairs")]
    [InlineData("""{"id":"a","tokens":[1],"spans":[[3]]}""", "pairs")]
    [InlineData("""{"id":"a","tokens":[1],"spans":[null]}""", "pairs")]
    [InlineData("""{"id":"a","tokens":[1],"spans":[[0,3],[2,4]]}""", "pairs")]
    [InlineData("""{"id":"a","tokens":[1]}""", "spans")]
    [InlineData("{\"id\":\"a\",\"tokens\":[1],\"spans\":[]}\n{\"id\":\"a\",\"tokens\":[1],\"spans\":[]}", "twice")]
    public void Read_MaskThatIsNone_SaysWhy(string content, string reason)
    {
        var error = Assert.Throws<BadInputException>(() => TokenMask.Read(_temp.Write("mask.jsonl", content)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
