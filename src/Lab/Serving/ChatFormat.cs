using System.Text.Json;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary><c>chat.completion</c> and <c>chat.completion.chunk</c>.</summary>
public sealed class ChatFormat(TokenTable table, bool logprobs) : IAnswerFormat
{
    /// <inheritdoc/>
    public byte[] Answer(AnswerHeader header, IReadOnlyList<GeneratedChoice> choices, TokenUsage usage) =>
        AnswerJson.Envelope("chat.completion", header, chunk: false, json =>
        {
            for (var i = 0; i < choices.Count; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("index", i);
                json.WriteStartObject("message");
                json.WriteString("role", "assistant");
                json.WriteString("content", choices[i].Text);
                json.WriteNull("refusal");
                json.WriteEndObject();
                WriteLogprobs(json, choices[i].Tokens);
                AnswerJson.WriteFinish(json, choices[i].Finish);
                json.WriteEndObject();
            }
        }, usage);

    /// <inheritdoc/>
    public byte[]? OpeningChunk(AnswerHeader header, int choice) => Chunk(header, choice, "", [], null, opening: true);

    /// <inheritdoc/>
    public IEnumerable<byte[]> Chunks(AnswerHeader header, int choice, SequenceDelta delta)
    {
        if (delta.Text.Length > 0 || (logprobs && delta.Tokens.Count > 0))
        {
            yield return Chunk(header, choice, delta.Text, delta.Tokens, null);
        }

        if (delta.Finish is { } finish)
        {
            yield return Chunk(header, choice, null, [], finish);
        }
    }

    /// <inheritdoc/>
    public byte[] UsageChunk(AnswerHeader header, TokenUsage usage) =>
        AnswerJson.Envelope("chat.completion.chunk", header, chunk: true, _ => { }, usage);

    private byte[] Chunk(
        AnswerHeader header, int choice, string? text, IReadOnlyList<GeneratedToken> tokens, FinishReason? finish, bool opening = false) =>
        AnswerJson.Envelope("chat.completion.chunk", header, chunk: true, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("index", choice);
            json.WriteStartObject("delta");
            if (opening)
            {
                json.WriteString("role", "assistant");
            }

            if (text is not null)
            {
                json.WriteString("content", text);
            }

            json.WriteEndObject();
            WriteLogprobs(json, tokens);
            AnswerJson.WriteFinish(json, finish);
            json.WriteEndObject();
        }, usage: null);

    private void WriteLogprobs(Utf8JsonWriter json, IReadOnlyList<GeneratedToken> tokens)
    {
        if (!logprobs || tokens.Count == 0)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            WriteToken(json, token.Id, token.Logprob);
            json.WriteStartArray("top_logprobs");
            foreach (var candidate in token.Top)
            {
                json.WriteStartObject();
                WriteToken(json, candidate.Id, candidate.Logprob);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    private void WriteToken(Utf8JsonWriter json, int id, float logprob)
    {
        json.WriteString("token", table.Text(id));
        json.WriteNumber("logprob", logprob);
        json.WriteStartArray("bytes");
        foreach (var value in table.Bytes(id))
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
