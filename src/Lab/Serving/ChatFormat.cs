using System.Text.Json.Nodes;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary><c>chat.completion</c> and <c>chat.completion.chunk</c>.</summary>
internal sealed class ChatFormat(AnswerHeader header, TokenTexts texts, bool logprobs)
    : AnswerFormat(header, logprobs, "chat.completion", "chat.completion.chunk")
{
    public override byte[] OpeningChunk(int choice) =>
        Chunk(Choice(choice, "delta", new JsonObject { ["role"] = "assistant", ["content"] = "" }, null, null));

    protected override JsonObject Choice(int index, string text, JsonObject? logprobs, FinishReason? finish) =>
        Choice(index, "message", new JsonObject { ["role"] = "assistant", ["content"] = text, ["refusal"] = null }, logprobs, finish);

    protected override JsonObject ChunkChoice(int index, string? text, JsonObject? logprobs, FinishReason? finish) =>
        Choice(index, "delta", text is null ? [] : new JsonObject { ["content"] = text }, logprobs, finish);

    protected override JsonObject TokenLogprobs(int index, IReadOnlyList<GeneratedToken> tokens) => new()
    {
        ["content"] = Array(tokens.Select(token =>
        {
            var one = Token(token.Id, token.Logprob);
            one["top_logprobs"] = Array(token.Top.Select(candidate => Token(candidate.Id, candidate.Logprob)));
            return one;
        })),
        ["refusal"] = null,
    };

    private static JsonObject Choice(int index, string what, JsonObject message, JsonObject? logprobs, FinishReason? finish) => new()
    {
        ["index"] = index,
        [what] = message,
        ["logprobs"] = logprobs,
        ["finish_reason"] = Name(finish),
    };

    private JsonObject Token(int id, float logprob) => new()
    {
        ["token"] = texts.Text(id),
        ["logprob"] = logprob,
        ["bytes"] = Array(texts.Bytes(id).Select(b => (JsonNode)(int)b)),
    };
}
