using Tda.ProxyTrainer.ChatTemplates;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Attribution.Queries;

public class QueryEncoderTests
{
    private static readonly ByteTokenizer Bytes = new();

    [Fact]
    public void Encode_Completion_OnlyItsTokensCarryLoss()
    {
        var encoded = new QueryEncoder(Bytes, 100).Encode(new Query("q", "ab", "cde"), 4);
        Assert.Equal(4, encoded.Row.Document);
        Assert.Equal("cde", Labels(encoded.Row));
        Assert.Equal("ab", Text(encoded.Row.Tokens[1..3]));
    }

    [Theory]
    [InlineData(0, 2, "cd", "ab")]
    [InlineData(1, 3, "de", "abc")]
    [InlineData(4, 5, "g", "abcdef")]
    public void Encode_Span_OnlyItsTokensCarryLoss(int start, int end, string words, string before)
    {
        var encoded = new QueryEncoder(Bytes, 100).Encode(new Query("q", "ab", "cdefg") { Span = new TextSpan(start, end) }, 0);
        Assert.Equal(words, Labels(encoded.Row));
        Assert.Equal(before, Text(encoded.Row.Tokens.AsSpan(1, encoded.Row.FirstLossPosition).ToArray()));
    }

    [Fact]
    public void Encode_ChatOfASurrogateWithTemplate_AsTheTemplateWritesIt()
    {
        using var directory = new TempDirectory();
        BpeTrainer.Train(["some words"], new BpeOptions { VocabularySize = 260 }).Save(directory["tokenizer.json"]);
        directory.Write("chat_template.jinja", "{% for m in messages %}{{ m.role == 'tool' and raise_exception('no tools') or m.content }}|{% endfor %}");
        var tokenizer = ModelTokenizer.Load(directory["tokenizer.json"]);
        var encoder = new QueryEncoder(tokenizer, 100);

        var encoded = encoder.Encode(new Query("q", "as text", "c") { Messages = [new("user", "hi"), new("assistant", "a")] }, 0);

        Assert.Equal([tokenizer.BosId, .. tokenizer.Encode("hi|a|"), .. tokenizer.Encode("c")], encoded.Row.Tokens);
        var refused = Assert.Throws<ChatRefusedException>(() => encoder.Encode(new Query("q9", "", "c") { Messages = [new("tool", "x")] }, 0));
        Assert.Contains("Query 'q9'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no tools", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_SpanInsideAToken_TakesTheWholeToken()
    {
        // "é" is two bytes, so two tokens that both stand for the one character.
        var encoded = new QueryEncoder(Bytes, 100).Encode(new Query("q", "", "aéb") { Span = new TextSpan(1, 2) }, 0);
        Assert.Equal("é", Labels(encoded.Row));
        Assert.Equal(2, encoded.Row.LossPositions);
    }

    [Theory]
    [InlineData(6, "defg", "bc", 1, 0)]
    [InlineData(4, "defg", "", 3, 0)]
    [InlineData(3, "def", "", 3, 1)]
    public void Encode_LongerThanTheContext_CutsThePromptThenTheEnd(int context, string labels, string prompt, int droppedPrompt, int droppedEnd)
    {
        var encoded = new QueryEncoder(Bytes, context).Encode(new Query("q", "abc", "defg"), 0);
        Assert.Equal(labels, Labels(encoded.Row));
        Assert.Equal(prompt, Text(encoded.Row.Tokens.AsSpan(1, encoded.Row.FirstLossPosition).ToArray()));
        Assert.Equal((droppedPrompt, droppedEnd), (encoded.DroppedPromptTokens, encoded.DroppedCompletionTokens));
        Assert.True(encoded.Row.Positions <= context);
    }

    [Fact]
    public void Encode_SpanBeyondTheContext_KeepsTheSpan()
    {
        var encoded = new QueryEncoder(Bytes, 4).Encode(new Query("q", "abc", "defghijk") { Span = new TextSpan(6, 8) }, 0);
        Assert.Equal("jk", Labels(encoded.Row));
        Assert.Equal("hi", Text(encoded.Row.Tokens.AsSpan(1, encoded.Row.FirstLossPosition).ToArray()));
    }

    [Fact]
    public void Encode_NothingToExplain_IsRefusedByName()
    {
        var encoder = new QueryEncoder(Bytes, 100);
        Assert.Contains("'q'", Assert.Throws<UsageException>(() => encoder.Encode(new Query("q", "a", ""), 0)).Message);
        Assert.Contains("[2, 9]", Assert.Throws<UsageException>(() => encoder.Encode(new Query("q", "a", "bcd") { Span = new TextSpan(2, 9) }, 0)).Message);
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Encode_Span_GradientIsThatOfItsTokensInTheWholeAnswer(ModelFamily family)
    {
        // The whole answer, loss on the span's tokens alone, by autograd: what comes after the span must not matter, what is before must.
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, vocabulary: Bytes.VocabularySize);
        var query = new Query("q", "ab", "cdefghi") { Span = new TextSpan(2, 5) };
        var row = new QueryEncoder(Bytes, 16).Encode(query, 0).Row;
        var whole = new QueryEncoder(Bytes, 16).Encode(query with { Span = null }, 0).Row;
        // BOS a b c d [e f g] h i: position t predicts token t + 1, so e, f, g are predicted at 4, 5, 6.
        var expected = LanguageModelReference.WeightGradients(model, whole, t => t is 4 or 5 or 6 ? 1 : 0);
        var batch = new GradientCapture(new LanguageModelCapture(model)).Capture([row], LabelSource.True);
        for (var m = 0; m < expected.Length; m++)
        {
            Numbers.Close(expected[m], batch.OutputGradients[m].select(0, 0).transpose(0, 1).matmul(batch.Activations[m].select(0, 0)), 1e-9, model.TrackedLinears[m].Name);
        }
    }

    private static string Labels(TokenRow row) => Text(row.Tokens[(row.FirstLossPosition + 1)..]);

    private static string Text(int[] tokens) => Bytes.Decode(tokens);
}
