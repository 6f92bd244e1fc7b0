using System.Text.Json;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary><c>text_completion</c>, whole and in chunks. One instance an answer: it counts the offsets of the tokens' texts.</summary>
public sealed class CompletionFormat(TokenTable table, GenerationCall call) : IAnswerFormat
{
    // text_offset counts UTF-16 characters from the prompt's beginning, as OpenAI's does.
    private readonly int[] _offsets = call.Prompts.SelectMany(p => Enumerable.Repeat(p.Length, call.Choices)).ToArray();

    /// <inheritdoc/>
    public byte[] Answer(AnswerHeader header, IReadOnlyList<GeneratedChoice> choices, TokenUsage usage) =>
        AnswerJson.Envelope("text_completion", header, chunk: false, json =>
        {
            for (var i = 0; i < choices.Count; i++)
            {
                WriteChoice(json, i, choices[i].Text, choices[i].Tokens, choices[i].Finish);
            }
        }, usage);

    /// <inheritdoc/>
    public byte[]? OpeningChunk(AnswerHeader header, int choice) => null;

    /// <inheritdoc/>
    public IEnumerable<byte[]> Chunks(AnswerHeader header, int choice, SequenceDelta delta)
    {
        if (delta.Text.Length > 0 || (call.Sampling.TopLogprobs is not null && delta.Tokens.Count > 0))
        {
            yield return Chunk(header, choice, delta.Text, delta.Tokens, null);
        }

        if (delta.Finish is { } finish)
        {
            yield return Chunk(header, choice, "", [], finish);
        }
    }

    /// <inheritdoc/>
    public byte[] UsageChunk(AnswerHeader header, TokenUsage usage) =>
        AnswerJson.Envelope("text_completion", header, chunk: true, _ => { }, usage);

    private byte[] Chunk(AnswerHeader header, int choice, string text, IReadOnlyList<GeneratedToken> tokens, FinishReason? finish) =>
        AnswerJson.Envelope("text_completion", header, chunk: true, json => WriteChoice(json, choice, text, tokens, finish), usage: null);

    private void WriteChoice(Utf8JsonWriter json, int index, string text, IReadOnlyList<GeneratedToken> tokens, FinishReason? finish)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteNumber("index", index);
        WriteLogprobs(json, index, tokens);
        AnswerJson.WriteFinish(json, finish);
        json.WriteEndObject();
    }

    private void WriteLogprobs(Utf8JsonWriter json, int index, IReadOnlyList<GeneratedToken> tokens)
    {
        if (call.Sampling.TopLogprobs is not { } alternatives || tokens.Count == 0)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
        {
            json.WriteStringValue(table.Text(token.Id));
        }

        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (var token in tokens)
        {
            json.WriteNumberValue(token.Logprob);
        }

        json.WriteEndArray();
        if (alternatives == 0)
        {
            json.WriteNull("top_logprobs");
        }
        else
        {
            WriteTop(json, tokens);
        }

        json.WriteStartArray("text_offset");
        foreach (var token in tokens)
        {
            json.WriteNumberValue(_offsets[index]);
            _offsets[index] += table.Characters(token.Id);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTop(Utf8JsonWriter json, IReadOnlyList<GeneratedToken> tokens)
    {
        json.WriteStartArray("top_logprobs");
        foreach (var token in tokens)
        {
            // The drawn token stands there too when it is not among the most likely ones.
            json.WriteStartObject();
            var written = new HashSet<string>();
            foreach (var candidate in token.Top.Append(new TokenCandidate(token.Id, token.Logprob)))
            {
                if (written.Add(table.Text(candidate.Id)))
                {
                    json.WriteNumber(table.Text(candidate.Id), candidate.Logprob);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
