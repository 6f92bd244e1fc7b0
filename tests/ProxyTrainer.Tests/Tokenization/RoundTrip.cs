using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Tests.Tokenization;

/// <summary>What holds of every tokenizer and every text.</summary>
internal static class RoundTrip
{
    /// <summary>
    /// The text comes back but for what this tokenizer says is lost; spans are in order and without gaps, none is empty, and a token that ends
    /// where the next begins has just the bytes between.
    /// </summary>
    public static void Holds(ModelTokenizer tokenizer, string text, Func<string, string>? lost = null)
    {
        var spans = tokenizer.EncodeWithSpans(text);
        int[] ids = [.. spans.Select(span => span.Id)];
        Assert.Equal(tokenizer.Encode(text), ids);
        Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));

        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)); // lone surrogates as U+FFFD
        Assert.Equal(lost?.Invoke(whole) ?? whole, tokenizer.Decode(ids));

        var end = 0;
        foreach (var span in spans)
        {
            Assert.True(span.Start <= end && span.End >= end && span.Start < span.End, $"{span} after {end} in {text}");
            end = span.End;
        }

        Assert.Equal(text.Length, end);
    }
}
