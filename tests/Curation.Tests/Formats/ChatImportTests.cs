using System.Text.Json.Nodes;
using Tda.Curation.Formats;

namespace Tda.Curation.Tests.Formats;

/// <summary>Chats become texts whose messages can be found again.</summary>
public sealed class ChatImportTests : IDisposable
{
    private readonly ImportSample _sample = new();

    public void Dispose() => _sample.Dispose();

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello\nyou"}]}""")]
    [InlineData("""{"conversations":[{"from":"system","value":"Be brief."},{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello\nyou"}]}""")]
    [InlineData("""{"messages":[{"role":"system","content":[{"type":"text","text":"Be "},{"type":"text","text":"brief."}]},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello\nyou"}]}""")]
    public void Import_Chat_IsTextWithItsMessagesInMeta(string line)
    {
        _sample.Import(_sample.Write("in.jsonl", line + "\n"));

        var document = Assert.Single(_sample.Documents());
        Assert.Equal("system: Be brief.\nuser: Hi\nassistant: Hello\nyou", document.Text);
        Assert.Equal(
            [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello\nyou")],
            Messages(document).Select(message => ((string)message["role"]!, Slice(document, message))));
    }

    [Fact]
    public void Import_ChatWithNamesAndToolCalls_KeepsThem()
    {
        _sample.Import(_sample.Write("in.jsonl", """
            {"messages":[{"role":"user","name":"Ann","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"Sun"}],"tag":"x"}

            """));

        var document = Assert.Single(_sample.Documents());
        Assert.Equal("user: Weather?\nassistant: [{\"id\":\"1\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]\ntool: Sun", document.Text);
        var messages = Messages(document);
        Assert.Equal("Ann", (string)messages[0]["name"]!);
        Assert.Equal("weather", (string)messages[1]["tool_calls"]![0]!["function"]!["name"]!);
        Assert.Equal("1", (string)messages[2]["tool_call_id"]!);
        Assert.Equal("x", (string)document.Meta!["tag"]!);
    }

    [Fact]
    public void Import_TextBesideMessages_TakesTheTextAndKeepsTheMessages()
    {
        var report = _sample.Import(_sample.Write("in.jsonl", """{"text":"own","messages":[{"role":"user","content":"Hi"}]}"""));

        var document = Assert.Single(_sample.Documents());
        Assert.Equal("own", document.Text);
        Assert.Equal("Hi", (string)document.Meta!["messages"]![0]!["content"]!);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void Import_ChatThatIsCut_CutsTheMessagesPlaces()
    {
        _sample.Import(
            _sample.Write("in.jsonl", """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Bye"}]}"""),
            new ImportOptions { MaxCharacters = 23 });

        var document = Assert.Single(_sample.Documents());
        Assert.Equal("user: Hi\nassistant: Hel", document.Text);
        Assert.Equal(["Hi", "Hel"], Messages(document).Select(message => Slice(document, message)));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"content":"who?"}]}""", "chat with a message that has no role or no content")]
    [InlineData("""{"messages":[{"role":"user","content":{"a":1}}]}""", "chat with a message that has no role or no content")]
    [InlineData("""{"messages":[]}""", "record whose 'messages' isn't a text")]
    [InlineData("""{"messages":["Hi"]}""", "record whose 'messages' isn't a text")]
    public void Import_BrokenChat_IsSkippedWithItsReason(string line, string reason)
    {
        var report = _sample.Import(_sample.Write("in.jsonl", $"{line}\n{{\"text\":\"good\"}}\n"));

        Assert.Equal(reason, Assert.Single(report.Skipped).Reason);
    }

    private static JsonObject[] Messages(Document document) => [.. document.Meta!["messages"]!.AsArray().OfType<JsonObject>()];

    private static string Slice(Document document, JsonObject message) => document.Text[(int)message["start"]!..(int)message["end"]!];
}
