using Tda.Gateway.Redaction;

namespace Tda.Gateway.Tests.Redaction;

/// <summary>Secrets behind base64 and UTF-16, in parts of one message, and in streams that hold each character apart.</summary>
public class EncodedBodyTests
{
    private const string Mail = "john.doe@example.com";
    private static readonly string[] Some = [Mail, VendorKeys.Make("sk-proj-{k74}T3BlbkFJ{k74}", 3), VendorKeys.Make("ghp_{A36}", 4), VendorKeys.Make("AKIA{U16}", 5), "+49 170 1234567", "4111 1111 1111 1111"];

    public static TheoryData<string> Secret => [.. Some];

    public static TheoryData<string> Shapes => [.. StreamShapes.All];

    [Theory]
    [MemberData(nameof(Secret))]
    public void Redact_InBase64_MaskedAndStillBase64OfAsMuch(string secret)
    {
        var text = Encoding.UTF8.GetBytes($"Dear all,\nthe contact is {secret} and nothing else.\n");
        foreach (var (name, encoded) in new[] { ("plain", Convert.ToBase64String(text)), ("lines", Lines(Convert.ToBase64String([.. text, .. text]))), ("UTF-16", Convert.ToBase64String(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(text)))) })
        {
            foreach (var json in new[] { JsonSerializer.Serialize(new { data = encoded }), JsonSerializer.Serialize(new { url = $"data:text/plain;base64,{encoded}" }) })
            {
                var masked = Redact(json, "application/json");

                using var document = JsonDocument.Parse(masked);
                var value = document.RootElement.EnumerateObject().First().Value.GetString()!;
                var decoded = Convert.FromBase64String(value[(value.IndexOf(',', StringComparison.Ordinal) + 1)..]);
                var readable = Encoding.UTF8.GetString([.. decoded.Where(b => b != 0)]);
                Assert.Equal(json.Length, masked.Length);
                Assert.False(readable.Contains(secret, StringComparison.Ordinal), $"{name}: {readable}");
                Assert.Contains("Dear all", readable, StringComparison.Ordinal);
                Assert.Contains("nothing else.", readable, StringComparison.Ordinal);
                Assert.Equal(masked, Redact(masked, "application/json"));
            }
        }
    }

    [Fact]
    public void Redact_PictureInBase64_Untouched()
    {
        var random = new Random(5);
        var picture = new byte[200_000];
        random.NextBytes(picture);
        "\x89PNG\r\n\x1a\n"u8.CopyTo(picture);
        var json = $$$"""{"image_url":{"url":"data:image/png;base64,{{{Convert.ToBase64String(picture)}}}"}}""";

        Assert.Equal(json, Redact(json, "application/json"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Redact_Utf16_LettersMaskedAndZerosStay(bool bigEndian, bool mark)
    {
        var encoding = new UnicodeEncoding(bigEndian, mark);
        foreach (var secret in Some)
        {
            byte[] body = [.. encoding.GetPreamble(), .. encoding.GetBytes($$"""{"text":"Grüße, {{secret}} 例 and more"}""")];

            var masked = body.ToArray();
            var count = BodyRedactor.Default.Redact(masked, null, "application/json").Count;

            var text = encoding.GetString(masked);
            Assert.Equal(1, count);
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.Contains("Grüße, *****", text, StringComparison.Ordinal);
            Assert.EndsWith(" 例 and more\"}", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Secret))]
    public void Redact_SplitOverContentParts_Masked(string secret)
    {
        for (var cut = 1; cut < secret.Length; cut++)
        {
            object Part(string text) => new { type = "text", text };
            var body = JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = new[] { Part("It is " + secret[..cut]), Part(secret[cut..] + " so there") } } } });

            var masked = Redact(body, "application/json");

            using var document = JsonDocument.Parse(masked);
            var parts = document.RootElement.GetProperty("messages")[0].GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetString());
            var text = string.Concat(parts);
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotMatch("[02-9A-Z@]", text["It is ".Length..^" so there".Length]);
        }
    }

    [Fact]
    public void Redact_TextsOfTwoMessages_AreNotJoined()
    {
        const string body = """{"messages":[{"role":"user","content":[{"type":"text","text":"write to a"}]},{"role":"assistant","content":[{"type":"text","text":"@example.com"}]}]}""";

        Assert.Equal(body, Redact(body, "application/json"));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Redact_EachCharacterEscapedInAnEventOfItsOwn_NothingSurvives(string shape)
    {
        foreach (var secret in Some.Append("password: " + "hunter2x"))
        {
            var number = 0;
            var stream = string.Concat($"Write to {secret} today.".Select(c => Escaped(StreamShapes.Event(shape, c.ToString(), 0, number++), c, shape)));

            var masked = Redact(stream, "text/event-stream");

            Assert.Equal(stream.Length, masked.Length);
            Assert.DoesNotContain(secret[^8..], StreamShapes.Texts(masked), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Redact_LinesOfJson_ReadAsAStream()
    {
        var lines = string.Concat($"Write to {Mail} today.".Chunk(2).Select(piece => $$$"""{"model":"m","message":{"role":"assistant","content":{{{JsonSerializer.Serialize(new string(piece))}}}},"done":false}""" + "\n"));

        var masked = Redact(lines, "application/x-ndjson");

        var text = string.Concat(masked.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal("Write to ******************** today.", text);
    }

    [Fact]
    public void FinalPrefix_LongBase64InAStream_HeldUntilItEnds()
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("some words of no matter; ", 200)) + Mail + " and some more words"));
        var stream = string.Concat($"Here it is: {encoded} , that was it".Chunk(7).Select((piece, i) => StreamShapes.Event("chat", new string(piece), 0, i))) + "data: [DONE]\n\n";
        var whole = Redact(stream, "text/event-stream");
        var stored = new List<byte>();
        var waiting = new List<byte>();
        foreach (var chunk in Encoding.UTF8.GetBytes(stream).Chunk(5000))
        {
            waiting.AddRange(chunk);
            var ready = BodyRedactor.Default.FinalPrefix([.. waiting]);
            stored.AddRange(Encoding.UTF8.GetBytes(Redact(Encoding.UTF8.GetString([.. waiting[..ready]]), "text/event-stream")));
            waiting.RemoveRange(0, ready);
        }

        stored.AddRange(Encoding.UTF8.GetBytes(Redact(Encoding.UTF8.GetString([.. waiting]), "text/event-stream")));
        Assert.Equal(whole, Encoding.UTF8.GetString([.. stored]));
        Assert.NotEqual(stream, whole);
    }

    private static string Escaped(string data, char c, string shape) =>
        shape == "plain text" ? data : data.Replace($":\"{c}\"", $":\"\\u{(int)c:x4}\"", StringComparison.Ordinal);

    private static string Lines(string encoded) => string.Join("\r\n", encoded.Chunk(76).Select(line => new string(line)));

    private static string Redact(string body, string contentType)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        BodyRedactor.Default.Redact(bytes, null, contentType);
        return Encoding.UTF8.GetString(bytes);
    }
}
