using System.Text.Json.Nodes;
using FsCheck.Fluent;
using Tda.Gateway.Protocols;

namespace Tda.Gateway.Tests.Protocols;

public class LogprobRequestTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";
    private const string Responses = "/v1/responses";

    [Theory]
    [InlineData(Chat, 2, """{ "messages":[] }""", """{"logprobs":true,"top_logprobs":2, "messages":[] }""")]
    [InlineData(Chat, 0, """{"a":"}\"","logprobs" : false}""", """{"a":"}\"","logprobs" : true}""")]
    [InlineData(Chat, 3, """{"logprobs":null,"b":1}""", """{"logprobs":true,"top_logprobs":3,"b":1}""")]
    [InlineData(Chat, 1, "{}", """{"logprobs":true,"top_logprobs":1}""")]
    [InlineData(Chat, 1, "\n {\"x\":{\"logprobs\":true}}\n", "\n {\"logprobs\":true,\"top_logprobs\":1,\"x\":{\"logprobs\":true}}\n")]
    [InlineData(Completions, 20, """{"prompt":"p"}""", """{"logprobs":5,"prompt":"p"}""")]
    [InlineData(Completions, 0, """{"prompt":"p","logprobs":null}""", """{"prompt":"p","logprobs":0}""")]
    [InlineData(Responses, 2, """{"input":"i"}""", """{"include":["message.output_text.logprobs"],"top_logprobs":2,"input":"i"}""")]
    [InlineData(Responses, 0, """{"include":["x"]}""", """{"include":["message.output_text.logprobs","x"]}""")]
    [InlineData(Responses, 1, """{"include":[ ],"i":0}""", """{"top_logprobs":1,"include":["message.output_text.logprobs" ],"i":0}""")]
    [InlineData(Responses, 1, """{"include":null,"top_logprobs":0}""", """{"include":["message.output_text.logprobs"],"top_logprobs":1}""")]
    public void TryRewrite_ClientDidNotAsk_MembersPutInAndNothingElse(string route, int top, string request, string expected) =>
        Assert.Equal(expected, Rewrite(route, request, top));

    [Theory]
    [InlineData(Chat, """{"logprobs":true}""")]
    [InlineData(Chat, """{"top_logprobs":2}""")]
    [InlineData(Chat, """{"logprobs":false,"logprobs":false}""")]
    [InlineData(Chat, """[{"logprobs":false}]""")]
    [InlineData(Chat, """{"logprobs":false""")]
    [InlineData(Chat, """{"a":1}{"b":2}""")]
    [InlineData(Chat, "")]
    [InlineData(Chat, "\"text\"")]
    [InlineData(Completions, """{"logprobs":0}""")]
    [InlineData(Completions, """{"prompt":"p","echo":true}""")]
    [InlineData(Responses, """{"include":["message.output_text.logprobs"]}""")]
    [InlineData(Responses, """{"include":"?"}""")]
    [InlineData(Responses, """{"top_logprobs":3}""")]
    [InlineData("/v1/embeddings", """{"input":"x"}""")]
    [InlineData("/v1/messages", """{"messages":[]}""")]
    public void TryRewrite_AskedOrNotOurs_LeftAlone(string route, string request) => Assert.Null(Rewrite(route, request, 2));

    [Fact]
    public void TryRewrite_AnyObject_SameMembersAndTheQuestion()
    {
        var name = Gen.Elements("model", "messages", "logprobs", "stream", "x", "é");
        var value = Gen.Elements("null", "false", "1", "\"}{\\\"\"", "[1,{\"logprobs\":true}]", "{\"top_logprobs\":[]}", "\"\\u00e9👋\"");
        var member = Gen.Zip(name, value);
        var requests = member.ArrayOf().Select(members => members.DistinctBy(m => m.Item1).Select(m => $"\"{m.Item1}\": {m.Item2} ").ToArray());
        TestKit.Property.Holds(requests, members =>
        {
            var request = $" {{{string.Join(',', members)}}} ";
            if (Rewrite(Chat, request, 4) is not { } rewritten)
            {
                return;
            }

            var changed = JsonNode.Parse(rewritten)!.AsObject();
            var original = JsonNode.Parse(request)!.AsObject();
            Assert.Equal(("true", "4"), (changed["logprobs"]!.ToJsonString(), changed["top_logprobs"]!.ToJsonString()));
            changed.Remove("logprobs");
            changed.Remove("top_logprobs");
            original.Remove("logprobs");
            Assert.True(JsonNode.DeepEquals(original, changed), rewritten);
        });
    }

    [Fact]
    public void Errors_OutOfRange_AllTold()
    {
        var options = new LogprobOptions { TopLogprobs = 21, MaxRequestBytes = 1, Routes = new Dictionary<string, bool> { ["/v1/embeddings"] = true } };

        Assert.Equal(3, options.Errors().Count());
        Assert.Empty(new LogprobOptions().Errors());
    }

    private static string? Rewrite(string route, string request, int top) =>
        LogprobRequest.TryRewrite(Encoding.UTF8.GetBytes(request), route, new() { TopLogprobs = top }, out var rewritten, out _) ? Encoding.UTF8.GetString(rewritten) : null;
}
