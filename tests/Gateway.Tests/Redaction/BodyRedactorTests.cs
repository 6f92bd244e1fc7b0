using System.IO.Compression;
using Tda.Core.Detection;
using Tda.Gateway.Redaction;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Redaction;

public class BodyRedactorTests
{
    public static TheoryData<string> AllSecrets => [.. Secrets.All];

    public static TheoryData<string> HarmlessTexts => [.. Secrets.Harmless];

    [Theory]
    [MemberData(nameof(AllSecrets))]
    public void Text_SecretInASentence_MaskedAndTheRestAsWas(string secret)
    {
        var text = BodyRedactor.Default.Text($"Grüße: {secret}, and more.");

        Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.StartsWith("Grüße: ", text, StringComparison.Ordinal);
        Assert.EndsWith(", and more.", text, StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetByteCount($"Grüße: {secret}, and more."), Encoding.UTF8.GetByteCount(text));
        Assert.Equal(text, BodyRedactor.Default.Text(text));
    }

    [Theory]
    [MemberData(nameof(HarmlessTexts))]
    public void Text_NoSecret_TheSameString(string text) => Assert.Same(text, BodyRedactor.Default.Text(text));

    [Theory]
    [MemberData(nameof(AllSecrets))]
    public void Redact_SecretInEveryWriting_MaskedAndJsonStaysJson(string secret)
    {
        foreach (var (name, json) in Writings.Of(secret))
        {
            var (masked, count) = Redact(json, "application/json");

            using var document = JsonDocument.Parse(masked);
            Assert.True(count > 0, $"{name}: nothing found in {json}");
            Assert.Equal(Encoding.UTF8.GetByteCount(json), Encoding.UTF8.GetByteCount(masked));
            Assert.DoesNotContain(secret, Writings.Plain(masked), StringComparison.Ordinal);
            Assert.Contains("before", masked, StringComparison.Ordinal);
            Assert.Contains("after", masked, StringComparison.Ordinal);
            Assert.Equal((masked, 0), Redact(masked, "application/json"));
        }
    }

    [Fact]
    public void Redact_NameFits_StandsInTheMask() =>
        Assert.Equal("to [email******************] now", BodyRedactor.Default.Text("to somebody.else@example.com now"));

    [Fact]
    public void Redact_BareCardNumberInJson_StaysANumber()
    {
        var (masked, count) = Redact("""{"card": 4111111111111111, "id": 4111111111111112}""", null);

        Assert.Equal(("""{"card": 1111111111111111, "id": 4111111111111112}""", 1), (masked, count));
    }

    [Fact]
    public void Redact_PrivateKey_MaskedToItsEndLine()
    {
        var key = "-----BEGIN RSA PRIVATE KEY-----\n" + string.Concat(Enumerable.Repeat("MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaLXqvS1fkGrbcAb\n", 25)) + "-----END RSA PRIVATE KEY-----";
        var json = JsonSerializer.Serialize(new { text = $"key {key}\nthat was it" });

        var (masked, count) = Redact(json, "application/json");

        Assert.Equal(1, count);
        Assert.DoesNotContain("MII", masked, StringComparison.Ordinal);
        Assert.EndsWith("""]\nthat was it"}""", masked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Redact_PackedBody_UnpackedOnlyWhenSomethingIsMasked(string encoding)
    {
        var clean = Pack("""{"text":"nothing here"}""", encoding);
        var secret = Pack("""{"text":"mail me@example.com"}""", encoding);

        var kept = BodyRedactor.Default.Redact(clean.ToArray(), encoding, "application/json");
        var masked = BodyRedactor.Default.Redact(secret, encoding, "application/json");

        Assert.Equal((0, false), (kept.Count, kept.Unpacked));
        Assert.Equal(clean, kept.Bytes.ToArray());
        Assert.Equal((1, true), (masked.Count, masked.Unpacked));
        Assert.Equal("""{"text":"mail [email*******]"}""", Encoding.UTF8.GetString(masked.Bytes.Span));
    }

    [Fact]
    public void Redact_PlainBodyThatSaysGzip_SearchedAsItIs()
    {
        var masked = BodyRedactor.Default.Redact("mail me@example.com"u8.ToArray(), "gzip", null);

        Assert.Equal((1, false), (masked.Count, masked.Unpacked));
    }

    [Fact]
    public void Redact_PatternsAndHostsDetectors_MaskedWithTheirNames()
    {
        var redactor = new BodyRedactor(new()
        {
            Detectors = [],
            Patterns = new Dictionary<string, string> { ["badge"] = "\"?badge\"?:? ?\"?[A-Z]{3}[0-9]{6}" },
            Custom = [new WordDetector("Grünewald")],
        });
        var body = "{\"badge\":\"ABC123456\",\"who\":\"Dr. Grünewald\",\"mail\":\"a@example.com\"}"u8.ToArray();

        var result = redactor.Redact(body, null, "application/json");

        Assert.Equal("{\"*****\":\"[badge**]\",\"who\":\"Dr. [word****]\",\"mail\":\"a@example.com\"}", Encoding.UTF8.GetString(body));
        Assert.Equal(3, result.Count);
    }

    [Fact]
    public void Redact_Off_Untouched()
    {
        var body = "a@example.com"u8.ToArray();

        Assert.Equal(0, new BodyRedactor(new() { Enabled = false }).Redact(body, null, null).Count);
        Assert.Equal("a@example.com", Encoding.UTF8.GetString(body));
    }

    [Fact]
    public void Errors_UnknownDetectorAndBadPatterns_AllTold()
    {
        var options = new GatewayOptions
        {
            Upstream = "http://u",
            Redaction = new()
            {
                Detectors = ["email", "faces"],
                Patterns = new Dictionary<string, string> { ["look"] = "(?<=a)b", ["Bad Name"] = "x", ["empty"] = "x*", ["broken"] = "(" },
            },
        };

        Assert.Equal(5, options.Errors().Count);
    }

    [Theory]
    [InlineData("sk-")]
    [InlineData("eyJ-")]
    [InlineData("Bearer+")]
    [InlineData("github_pat_")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3V")]
    [InlineData("password: ")]
    [InlineData("api_key=\"1a2b3c")]
    [InlineData("Basic dTpw")]
    [InlineData("s://u:p@")]
    [InlineData("GB82 WEST 1234 ")]
    [InlineData("SG.1a2b3c4d5e")]
    [InlineData("RGVhciBhbGwsIHRoZSBj/")]
    [InlineData("{\"text\":\"a\"},")]
    [InlineData("\0a")]
    [InlineData("a@")]
    [InlineData("a@b.")]
    [InlineData("+1 ")]
    [InlineData("444 ")]
    [InlineData("\\\\")]
    [InlineData("%25")]
    [InlineData("{\"token\":\"a@b.io\",\"x\":")]
    [InlineData("data: {\"index\":1,\"text\":\"sk-\"}\n\n")]
    public void Redact_TextMadeOfBeginnings_TimeGrowsWithItsLengthOnly(string beginning)
    {
        // A search that is quadratic in the length would take minutes for this.
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(beginning, 1_000_000 / beginning.Length)));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        BodyRedactor.Default.Redact(body, null, "application/json");
        BodyRedactor.Default.Redact(body, null, "text/event-stream");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Redact_BodyWithoutSecrets_AllocatesNothing()
    {
        var body = Encoding.UTF8.GetBytes(Support.Samples.StreamRequest + Support.Samples.Chat);

        Allocations.AssertNone(() => BodyRedactor.Default.Redact(body, null, "application/json"));
    }

    private static (string Text, int Count) Redact(string body, string? contentType)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var result = BodyRedactor.Default.Redact(bytes, null, contentType);
        return (Encoding.UTF8.GetString(result.Bytes.Span), result.Count);
    }

    private static byte[] Pack(string text, string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream packing = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionMode.Compress),
            "br" => new BrotliStream(packed, CompressionMode.Compress),
            _ => new ZLibStream(packed, CompressionMode.Compress),
        })
        {
            packing.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private sealed class WordDetector(string word) : ISecretDetector
    {
        public string Name => "word";

        public void Find(ReadOnlySpan<byte> text, SecretSpans found)
        {
            var at = text.IndexOf(Encoding.UTF8.GetBytes(word));
            if (at >= 0)
            {
                found.Add(at, Encoding.UTF8.GetByteCount(word));
            }
        }
    }
}
