using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Tda.Gateway.Redaction;
using Property = Tda.TestKit.Property;

namespace Tda.Gateway.Tests.Redaction;

public partial class StreamRedactionTests
{
    private const string EventStream = "text/event-stream";
    private static readonly string[] Words = ["The", "gateway", "records", "every", "exchange", "Grüße", "👋", "at", "1764054000", "0.25", "of", "42", "bytes.", "\"quoted\"", "a\\b", "line\n"];

    public static TheoryData<string> Shapes => [.. StreamShapes.All];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Redact_EverySecretCutAnywhere_NothingSurvivesAndLengthsHold(string shape)
    {
        foreach (var secret in Secrets.All)
        {
            var text = $"Write to {secret} today.";
            Property.Holds(Cuts(text), cuts =>
            {
                var stream = Stream(shape, Pieces(text, cuts), 0);

                var (masked, count) = Redact(stream);

                Assert.True(count > 0, $"{shape}: nothing found of {secret} in {stream}");
                Assert.Equal(Encoding.UTF8.GetByteCount(stream), Encoding.UTF8.GetByteCount(masked));
                Assert.DoesNotContain(secret, StreamShapes.Texts(masked), StringComparison.Ordinal);
                Assert.All(Between().Matches(StreamShapes.Texts(masked)), match => Assert.DoesNotMatch("[02-9A-Z@]", match.Groups[1].Value));
                Assert.Equal((masked, 0), Redact(masked));
            }, cases: 6);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Redact_NoSecret_UntouchedByteForByte(string shape) => Property.Holds(Texts(0), text =>
    {
        var stream = Stream(shape, text.Pieces, text.Choices);
        Assert.Equal((stream, 0), Redact(stream));
    }, cases: 40);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void FinalPrefix_StreamInPieces_MaskedAsInOneGo(string shape)
    {
        var released = 0;
        Property.Holds(Gen.Zip(Texts(3), Gen.Choose(1, 6000)), sample =>
        {
            var (text, piece) = sample;
            var stream = Encoding.UTF8.GetBytes(Stream(shape, text.Pieces, text.Choices));
            var whole = stream.ToArray();
            BodyRedactor.Default.Redact(whole, null, EventStream);

            var stored = new List<byte>();
            var waiting = new List<byte>();
            foreach (var chunk in stream.Chunk(piece))
            {
                waiting.AddRange(chunk);
                var ready = BodyRedactor.Default.FinalPrefix([.. waiting]);
                released += ready;
                Store(stored, waiting, ready);
            }

            Store(stored, waiting, waiting.Count);
            Assert.Equal(Encoding.UTF8.GetString(whole), Encoding.UTF8.GetString([.. stored]));
        }, cases: 12);
        Assert.True(shape == "plain text" || released > 0, "no prefix was ever final");
    }

    [Fact]
    public void FinalPrefix_NoEvents_Zero() => Assert.Equal(0, BodyRedactor.Default.FinalPrefix(Encoding.UTF8.GetBytes(new string('a', 100_000))));

    [Fact]
    public void FinalPrefix_TextThatEndedLongAgo_HoldsNothingBack()
    {
        var stream = StreamShapes.Event("messages", "I think so.", 0, 0) + string.Concat(Enumerable.Range(0, 1000).Select(i => StreamShapes.Event("messages", $"word{i} ", 1, i)));

        Assert.True(BodyRedactor.Default.FinalPrefix(Encoding.UTF8.GetBytes(stream)) > stream.Length / 2);
    }

    [Fact]
    public void Redact_AnyBytes_NeverFailsAndKeepsTheLength() => Property.Holds(
        Gen.Elements("data: ", "{\"", "\":\"", "\\u00", "\\", "\n", "\n\n", "[[", "}]", "@x.io", "sk-1", "4111", "%4", "\"token\":\"", "\"bytes\":[1", "index\":9", "\xFF").ListOf().Select(parts => string.Concat(parts)),
        text =>
        {
            foreach (var type in (string[])[EventStream, "application/json", "text/plain"])
            {
                var bytes = Encoding.Latin1.GetBytes(text);
                Assert.Equal(text.Length, BodyRedactor.Default.Redact(bytes, null, type).Bytes.Length);
                Assert.InRange(BodyRedactor.Default.FinalPrefix(bytes), 0, bytes.Length);
            }
        }, cases: 3000);

    [GeneratedRegex("Write to (.*) today")]
    private static partial Regex Between();

    private static void Store(List<byte> stored, List<byte> waiting, int count)
    {
        var part = waiting[..count].ToArray();
        BodyRedactor.Default.Redact(part, null, EventStream);
        stored.AddRange(part);
        waiting.RemoveRange(0, count);
    }

    private static string Stream(string shape, IEnumerable<string> pieces, int choices) =>
        string.Concat(pieces.Select((piece, i) => StreamShapes.Event(shape, piece, choices == 0 ? 0 : i % choices, i))) + "data: [DONE]\n\n";

    private static Gen<int[]> Cuts(string text) => Gen.Choose(1, text.Length - 1).ListOf(5).Select(cuts => cuts.Distinct().Order().ToArray());

    private static IEnumerable<string> Pieces(string text, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts.Append(text.Length))
        {
            yield return text[start..cut];
            start = cut;
        }
    }

    /// <summary>Pieces of a long text with some secrets in it, for one or two choices.</summary>
    private static Gen<(List<string> Pieces, int Choices)> Texts(int secrets) =>
        from words in Gen.Elements(Words).ListOf(600)
        from found in Gen.Elements(Secrets.All).ListOf(secrets)
        from places in Gen.Choose(0, 599).ListOf(secrets)
        from choices in Gen.Choose(1, 2)
        from size in Gen.Choose(1, 12)
        select (Cut(With(words, found, places), size), choices);

    private static string With(IEnumerable<string> words, IEnumerable<string> secrets, IEnumerable<int> places)
    {
        var all = words.ToList();
        foreach (var (secret, place) in secrets.Zip(places))
        {
            all.Insert(place, secret);
        }

        return string.Join(' ', all);
    }

    private static List<string> Cut(string text, int size)
    {
        var runes = text.EnumerateRunes().Select(rune => rune.ToString()).ToList();
        return [.. runes.Chunk(size).Select(chunk => string.Concat(chunk))];
    }

    private static (string Text, int Count) Redact(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var result = BodyRedactor.Default.Redact(bytes, null, EventStream);
        return (Encoding.UTF8.GetString(bytes), result.Count);
    }
}
