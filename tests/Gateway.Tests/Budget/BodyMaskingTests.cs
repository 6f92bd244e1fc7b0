using Tda.Gateway.Capture;
using Tda.Gateway.Redaction;

namespace Tda.Gateway.Tests.Budget;

/// <summary>What looking into a body takes of memory is known before, and no more is taken. Alone, since other tests empty the pools that it rents from.</summary>
[CollectionDefinition(nameof(BodyMaskingTests), DisableParallelization = true)]
[Collection(nameof(BodyMaskingTests))]
public class BodyMaskingTests
{
    private const string Mail = "john.doe@example.com";
    private const string Events = "text/event-stream";

    private static readonly BodyLimits Limits = new MemoryBudget(1L << 30).Limits;

    public static TheoryData<string> Ordinary =>
        ["words", "ideographs", "escaped ideographs", "escaped events", "base64", "JSON in JSON", "numbers", "log-probabilities"];

    // Each took 20 to 40 times its length.
    public static TheoryData<string, string> Costly => new()
    {
        { "backslashes", """\\""" },
        { "slashes", """\/""" },
        { "percents", "%25" },
        { "slashes and letters", """\/a""" },
        { "addresses", "a@b.de " },
    };

    [Theory]
    [MemberData(nameof(Ordinary))]
    public void Run_OrdinaryText_FitsAndIsMaskedAsAWhole(string shape)
    {
        var body = Encoding.UTF8.GetBytes(Text(shape));
        var length = body.Length;
        using var masking = new BodyMasking(BodyRedactor.Default, body, null, shape.EndsWith("events", StringComparison.Ordinal) ? Events : "application/json", Limits);

        var masked = masking.Run(turn: null);

        Assert.Equal((false, length), (masked.Cut, masked.Bytes.Length));
        Assert.True(masked.Count > 0);
    }

    [Theory]
    [MemberData(nameof(Costly))]
    public void Run_TextMadeToBeCostly_SearchedInBoundedMemoryAndNothingUnsearchedIsStored(string name, string unit)
    {
        foreach (var type in new[] { "application/json", Events })
        {
            var filler = string.Concat(Enumerable.Repeat(unit, (4 << 20) / unit.Length));
            var body = Encoding.UTF8.GetBytes($"{(type == Events ? "data: " : "")}{{\"text\":\"{Mail} {filler} {Mail}\"}}{(type == Events ? "\n\n" : "")}");
            var length = body.Length;
            var before = GC.GetAllocatedBytesForCurrentThread();
            using var masking = new BodyMasking(BodyRedactor.Default, body, null, type, Limits);

            var masked = masking.Run(turn: null);

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 6 * masking.Cost, $"{name} took {(GC.GetAllocatedBytesForCurrentThread() - before) >> 20} MiB");
            Assert.Equal(masked.Bytes.Length < length, masked.Cut);
            Assert.DoesNotContain(Mail, Encoding.UTF8.GetString(masked.Bytes.Span), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_CostlyTextPacked_KeptPackedAndSaid()
    {
        var words = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i} "));
        var content = Encoding.UTF8.GetBytes($"{{\"text\":\"{Mail} {words} {string.Concat(Enumerable.Repeat(@"\\", 1 << 20))}\"}}");
        var packed = Packing.Pack("gzip", content);
        using var masking = new BodyMasking(BodyRedactor.Default, packed.ToArray(), "gzip", "application/json", Limits with { MostMemory = 12L * content.Length });

        var masked = masking.Run(turn: null);

        Assert.Equal((true, false, false), (masked.Packed, masked.Unpacked, masked.Cut));
        Assert.Equal(packed, masked.Bytes.ToArray());
    }

    [Fact]
    public void Run_MoreThanABodyMayTake_CutToWhatFits()
    {
        var body = Encoding.UTF8.GetBytes(Text("words"));
        using var masking = new BodyMasking(BodyRedactor.Default, body, null, "text/plain", Limits with { MostMemory = 5L * body.Length });

        var masked = masking.Run(turn: null);

        Assert.True(masked.Cut);
        Assert.InRange(masked.Bytes.Length, body.Length / 4, body.Length / 2);
        Assert.InRange(masking.Cost, 1, 5L * body.Length);
    }

    [Fact]
    public void Run_RedactionOff_BombIsSaidAllTheSame()
    {
        using var masking = new BodyMasking(new BodyRedactor(new() { Enabled = false }), Packing.Bomb("gzip"), "gzip", "application/json", Limits);

        Assert.True(masking.Run(turn: null).Packed);
    }

    private static string Text(string shape)
    {
        const int size = 2 << 20;
        string Repeat(string unit) => string.Concat(Enumerable.Repeat(unit, size / unit.Length));
        static string Quote(string text) => JsonSerializer.Serialize(text);
        string Relaxed(string text) => "\"" + text.Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
        return shape switch
        {
            "words" => $$"""{"content":{{Relaxed(Mail + Repeat(" He said, after a while, that it wasn't so.\n"))}}}""",
            "ideographs" => $$"""{"content":{{Relaxed(Mail + " " + Repeat("春眠不覺曉,處處聞啼鳥。"))}}}""",
            "escaped ideographs" => $$"""{"content":{{Quote(Mail + " " + Repeat("春眠不覺曉,處處聞啼鳥。"))}}}""",
            "escaped events" => string.Concat(Enumerable.Range(0, size / 60).Select(i =>
                $"data: {{\"choices\":[{{\"delta\":{{\"content\":{Quote(i == 0 ? Mail + " " : "春眠不\n")}}}}}]}}\n\n")),
            "base64" => $$"""{"content":"{{Mail}}","url":"data:text/plain;base64,{{Convert.ToBase64String(Encoding.UTF8.GetBytes(Repeat("some words of no matter; ")))}}"}""",
            "JSON in JSON" => $$"""{"arguments":{{Quote(Quote($$"""{"mail":"{{Mail}}","rows":[{{Repeat("""{"a":"b\n"},""")}}0]}"""))}}}""",
            "numbers" => $$"""{"mail":"{{Mail}}","embedding":[{{Repeat("0.01234567,")}}1]}""",
            _ => $$"""{"mail":"{{Mail}}","choices":[{"logprobs":{"content":[{{Repeat("""{"token":" so","logprob":-0.25,"bytes":[32,115,111],"top_logprobs":[]},""")}}"""
                + """{"token":"."}]}}]}""",
        };
    }
}
