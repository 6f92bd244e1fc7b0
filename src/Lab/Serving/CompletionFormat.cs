using System.Text.Json.Nodes;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary><c>text_completion</c>, whole and in chunks. Counts the offsets of the tokens' texts, so chunks must come in order.</summary>
internal sealed class CompletionFormat(AnswerHeader header, TokenTexts texts, GenerationCall call)
    : AnswerFormat(header, call.Sampling.TopLogprobs is not null, "text_completion", "text_completion")
{
    // text_offset counts UTF-16 characters from the prompt's beginning, as OpenAI's does.
    private readonly int[] _offsets = [.. call.Prompts.SelectMany(p => Enumerable.Repeat(call.Echo ? 0 : p.Length, call.Choices))];

    protected override JsonObject Choice(int index, string text, JsonObject? logprobs, FinishReason? finish) => new()
    {
        ["text"] = text,
        ["index"] = index,
        ["logprobs"] = logprobs,
        ["finish_reason"] = Name(finish),
    };

    protected override JsonObject ChunkChoice(int index, string? text, JsonObject? logprobs, FinishReason? finish) =>
        Choice(index, text ?? "", logprobs, finish);

    protected override JsonObject TokenLogprobs(int index, IReadOnlyList<GeneratedToken> tokens) => new()
    {
        ["tokens"] = Array(tokens.Select(token => (JsonNode)texts.Text(token.Id))),
        ["token_logprobs"] = Array(tokens.Select(token => (JsonNode)token.Logprob)),
        ["top_logprobs"] = call.Sampling.TopLogprobs == 0 ? null : Array(tokens.Select(Top)),
        ["text_offset"] = Array(tokens.Select(token =>
        {
            var offset = _offsets[index];
            _offsets[index] += texts.Characters(token.Id);
            return (JsonNode)offset;
        })),
    };

    // The drawn token stands there too when it is not among the most likely ones.
    private JsonObject Top(GeneratedToken token)
    {
        var top = new JsonObject();
        foreach (var candidate in token.Top.Append(new TokenCandidate(token.Id, token.Logprob)))
        {
            top.TryAdd(texts.Text(candidate.Id), candidate.Logprob);
        }

        return top;
    }
}
