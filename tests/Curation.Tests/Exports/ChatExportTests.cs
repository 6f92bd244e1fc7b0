using System.Text.Json.Nodes;
using Tda.Curation.Exports;
using static Tda.Curation.Tests.Exports.CuratedSample;

namespace Tda.Curation.Tests.Exports;

/// <summary>Held to OpenAI's description of its chat fine-tuning format.</summary>
public class ChatExportTests
{
    [Fact]
    public async Task Write_PromptMessagesAndInstruction_GiveTheShapeOfOpenAI()
    {
        using var sample = new CuratedSample(
            With("starts", "Q: who?\nAlice.", new JsonObject { ["prompt"] = "Q: who?" }),
            With("apart", "Alice.", new JsonObject { ["prompt"] = "who?" }),
            With("chat", "as a log", Messages(("system", "be brief"), ("user", "hi"), ("assistant", "hello"), ("user", "bye"), ("assistant", "ciao"))),
            new Document("plain", "web", "a plain text"));

        await sample.ExportAsync("chat.jsonl", CorpusExportFormat.OpenaiChat, null, options => options with { Instruction = "Write." });

        Assert.Equal(
            [
                """{"messages":[{"role":"user","content":"Q: who?"},{"role":"assistant","content":"Alice."}]}""",
                """{"messages":[{"role":"user","content":"who?"},{"role":"assistant","content":"Alice."}]}""",
                """{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"},{"role":"assistant","content":"hello"},"""
                    + """{"role":"user","content":"bye"},{"role":"assistant","content":"ciao"}]}""",
                """{"messages":[{"role":"user","content":"Write."},{"role":"assistant","content":"a plain text"}]}""",
            ],
            await File.ReadAllLinesAsync(sample["chat.jsonl"]));
    }

    [Fact]
    public async Task Write_PlainTextAndNoInstruction_IsRefusedWithTheWayOut()
    {
        using var sample = new CuratedSample(new Document("plain", "web", "a plain text"));

        var error = await Assert.ThrowsAsync<BadInputException>(() => sample.ExportAsync("out/chat.jsonl", CorpusExportFormat.OpenaiChat, null));

        Assert.Contains("document plain has neither meta.messages nor meta.prompt", error.Message, StringComparison.Ordinal);
        Assert.Contains("--instruction TEXT", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(sample["out"]));
    }

    [Fact]
    public async Task Write_Masked_AppliesWhereTheMessagesStandInTheText()
    {
        using var sample = new CuratedSample(
            With("starts", "Q: who?\nAlice SECRET.", new JsonObject { ["prompt"] = "Q: who?" }),
            With("chat", "user: hi\nassistant: SECRET hello", Messages(("user", "hi"), ("assistant", "SECRET hello"))),
            With("elsewhere", "not what was said", Messages(("user", "hi"), ("assistant", "hello"))));
        sample.Curate(Masked("starts", [13, 20]), Masked("chat", [20, 27]), Masked("elsewhere", [0, 3]));

        var report = await sample.ExportAsync("chat.jsonl", CorpusExportFormat.OpenaiChat, CorpusExportMask.Cut);

        Assert.Equal(["Alice.", "hello"], sample.Lines("chat.jsonl").Select(row => row.GetProperty("messages")[1].GetProperty("content").GetString()!));
        Assert.Equal("masked document whose text doesn't hold its messages", Assert.Single(report.LeftOut).Reason);
    }

    /// <summary>An imported chat leaves as the chat that it was, with the mask where its messages stand; tool calls aren't content.</summary>
    [Fact]
    public async Task Write_ImportedChats_AreTheirMessagesAgain()
    {
        const string Meta = """{"messages":[{"role":"user","start":6,"end":8},{"role":"assistant","start":20,"end":32}]}""";
        const string Calls = """{"messages":[{"role":"user","start":6,"end":8},{"role":"assistant","start":20,"end":22,"tool_calls":[{}]}]}""";
        using var sample = new CuratedSample(
            With("chat", "user: hi\nassistant: hello SECRET", (JsonObject)JsonNode.Parse(Meta)!),
            With("calls", "user: hi\nassistant: []", (JsonObject)JsonNode.Parse(Calls)!));
        sample.Curate(Masked("chat", [25, 32]));

        var report = await sample.ExportAsync("chat.jsonl", CorpusExportFormat.OpenaiChat, CorpusExportMask.Redact);

        Assert.Equal(
            """{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello[redacted]"}]}""", File.ReadAllText(sample["chat.jsonl"]).TrimEnd());
        Assert.Equal("document with tool calls, which aren't written as such", Assert.Single(report.LeftOut).Reason);
    }

    [Theory]
    [InlineData("empty message", "user", "hi", "assistant", " ")]
    [InlineData("last message isn't the assistant's", "user", "hi", "user", "hello")]
    [InlineData("without a user's message", "system", "hi", "assistant", "hello")]
    [InlineData("role isn't system, user or assistant", "user", "hi", "robot", "hello")]
    public async Task Write_WhatTheApiRefuses_IsLeftOutWithTheReason(string reason, string role, string content, string lastRole, string lastContent)
    {
        using var sample = new CuratedSample(
            With("bad", "x", Messages((role, content), (lastRole, lastContent))),
            With("good", "y", Messages(("user", "hi"), ("assistant", "hello"))));

        var report = await sample.ExportAsync("chat.jsonl", CorpusExportFormat.OpenaiChat, null);

        var left = Assert.Single(report.LeftOut);
        Assert.Contains(reason, left.Reason, StringComparison.Ordinal);
        Assert.Equal(["bad"], left.Examples);
        Assert.Equal(1, report.Rows);
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    public async Task Finish_FewerThanTenExamples_IsNoted(int examples, bool isNoted)
    {
        using var sample = new CuratedSample([.. Enumerable.Range(0, examples).Select(i => new Document($"{i}", "web", $"text {i}"))]);

        var report = await sample.ExportAsync("chat.jsonl", CorpusExportFormat.OpenaiChat, null, options => options with { Instruction = "Write." });

        Assert.Equal(isNoted, report.Notes.Any(note => note.Contains("fewer than 10 examples", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Finish_LongExamplesAndWeights_AreNoted()
    {
        Document[] documents = [new("long", "web", new string('x', ChatExport.LongestExample + 1)), new("half", "web", "y"), new("none", "web", "z")];
        using var sample = new CuratedSample(documents);
        sample.Curate(Weighed("half", .5), Weighed("none", 0));

        var report = await sample.ExportAsync(
            "chat.jsonl", CorpusExportFormat.OpenaiChat, CorpusExportMask.None, options => options with { Instruction = "Write." });

        Assert.Contains(report.Notes, note => note.EndsWith("Examples of more than 262,144 characters: 1.", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.StartsWith("openai-chat can't hold weights: one document", StringComparison.Ordinal));
        Assert.Equal(["none"], Assert.Single(report.LeftOut).Examples);
    }

    private static Document With(string id, string text, JsonObject meta) => new(id, "web", text) { Meta = meta };

    private static JsonObject Messages(params (string Role, string Content)[] messages) => new()
    {
        ["messages"] = new JsonArray([.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
    };
}
