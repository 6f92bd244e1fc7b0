using Tda.Gateway.Protocols.Anthropic;
using Tda.Gateway.Protocols.Bedrock;
using Tda.Gateway.Protocols.Gemini;
using Tda.Gateway.Protocols.OpenAI;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Reads the messages of one exchange of one protocol into its <see cref="ParsedExchange"/>, piece by piece: what was read
/// before an error stays. Here is what the protocols have in common: a model, a usage, and members that may not be missing.
/// </summary>
/// <remarks>
/// Bodies are whole and unpacked. For what they hold the methods throw only <see cref="FormatException"/> (another shape than
/// expected), <see cref="JsonException"/> and <see cref="InvalidOperationException"/> (text that is none).
/// </remarks>
/// <param name="parsed">Takes what is read.</param>
/// <param name="prompt">The request's member that holds the prompt; null where it may be missing.</param>
/// <param name="answer">The plain answer's member that holds what the model said; null where there is none.</param>
internal abstract class ProtocolParser(ParsedExchange parsed, string? prompt, string? answer)
{
    protected ParsedExchange Parsed => parsed;

    /// <summary>The request's conversation, as far as it has come; null where a request has none, or is told in another form.</summary>
    protected List<ChatMessage>? Messages { get; set; }

    /// <summary>What a request says apart from its conversation of how to answer: it becomes the first message.</summary>
    protected ChatMessage? SystemMessage { get; set; }

    /// <summary>Whether the plain answer's member has come.</summary>
    protected bool Answered { get; set; }

    /// <summary>Whether the stream's last event has come.</summary>
    protected bool Done { get; set; }

    /// <summary>The parser of a call; null where only the raw bytes are kept.</summary>
    /// <param name="route">The call's route.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="model">The model that the path names, which decides where calls carry the body of the model's own API.</param>
    /// <param name="parsed">Takes what is read.</param>
    public static ProtocolParser? For(string route, string method, string? model, ParsedExchange parsed) => (route, method) switch
    {
        (Routes.ChatCompletions, "POST") => new ChatParser(parsed),
        (Routes.Completions, "POST") => new CompletionParser(parsed),
        (Routes.Responses, "POST") => new ResponsesParser(parsed),
        (Routes.Embeddings, "POST") => new EmbeddingsParser(parsed),
        (Routes.Messages, "POST") => new MessagesParser(parsed),
        (Routes.Models, "GET") => new ModelsParser(parsed),
        (Routes.GenerateContent or Routes.StreamGenerateContent, "POST") => new GenerateContentParser(parsed),
        (Routes.Converse or Routes.ConverseStream, "POST") => new ConverseParser(parsed),
        (Routes.Invoke or Routes.InvokeStream, "POST") when InvokeParser.Reads(model) => new InvokeParser(parsed),
        _ => null,
    };

    /// <summary>The request's body.</summary>
    public void ReadRequest(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body, "request");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model");
            }
            else
            {
                ReadRequestMember(ref reader, body);
            }
        }

        JsonRead.End(ref reader);
        EndRequest();
        if (prompt is not null && parsed.Prompt is null)
        {
            throw new FormatException($"'{prompt}' is missing");
        }
    }

    /// <summary>The body of a plain answer.</summary>
    public virtual void ReadAnswer(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body, "response");
        try
        {
            ReadMembers(ref reader, body);
            JsonRead.End(ref reader);
        }
        finally
        {
            parsed.ToolCalls ??= ToolCalls();
        }

        if (answer is not null && !Answered)
        {
            throw new FormatException($"'{answer}' is missing");
        }
    }

    /// <summary>The data of one event of a streamed answer; true when it holds a piece of the answer itself.</summary>
    public abstract bool ReadEvent(ReadOnlySpan<byte> data);

    /// <summary>One message of a stream in Amazon's encoding; true when it holds a piece of the answer itself.</summary>
    /// <param name="type">Its event's type.</param>
    /// <param name="payload">What it carries.</param>
    public virtual bool ReadMessage(string type, ReadOnlySpan<byte> payload) => throw new FormatException("such answers don't come as Amazon's event stream");

    /// <summary>The stream has ended: puts its pieces together and sets <see cref="ParsedExchange.StreamCut"/>.</summary>
    public virtual void EndStream()
    {
        parsed.StreamCut = !Done && parsed.FinishReason is null;
        parsed.ToolCalls ??= ToolCalls();
    }

    /// <summary>Reads the object of an answer that the reader stands on; true when it holds a piece of the answer itself.</summary>
    protected virtual bool ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model") ?? parsed.Model;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                parsed.Usage = ReadUsage(ref reader) ?? parsed.Usage;
            }
            else
            {
                found |= ReadAnswerMember(ref reader, body);
            }
        }

        return found;
    }

    /// <summary>Reads the request's member whose name the reader stands on.</summary>
    protected virtual void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
    }

    /// <summary>All of the request has been read.</summary>
    protected virtual void EndRequest()
    {
        if (Messages is not null)
        {
            parsed.Messages = SystemMessage is null ? Messages : [SystemMessage, .. Messages];
            parsed.Prompt = ChatText.Render(parsed.Messages);
        }
    }

    /// <summary>Reads the answer's member whose name the reader stands on; true when it holds a piece of the answer itself.</summary>
    protected virtual bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body) => false;

    /// <summary>The tool calls as a JSON array, put together from their pieces; null when there are none.</summary>
    protected virtual string? ToolCalls() => null;

    /// <summary>
    /// The usage behind the property that the reader stands on, null where it is null: prompt and completion tokens of chats, which
    /// responses call input and output tokens.
    /// </summary>
    protected virtual Usage? ReadUsage(ref Utf8JsonReader reader) => ReadTokens(ref reader);

    /// <summary>As <see cref="ReadUsage"/>, where a protocol has no other form.</summary>
    internal static Usage? ReadTokens(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usage"))
        {
            return null;
        }

        long? input = null, output = null, total = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8))
            {
                input = JsonRead.Count(ref reader, "prompt_tokens");
            }
            else if (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8))
            {
                output = JsonRead.Count(ref reader, "completion_tokens");
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                total = JsonRead.Count(ref reader, "total_tokens");
            }
        }

        return new(input, output, total);
    }
}

/// <summary>Sums of token counts.</summary>
internal static class TokenSum
{
    /// <summary>The sum; null when neither is known. Numbers near the end of 64 bits are nobody's count; what is certain is that they must not wrap.</summary>
    public static long? Of(long? one, long? other) =>
        one is null && other is null ? null : (long)Int128.Clamp((Int128)(one ?? 0) + (other ?? 0), long.MinValue, long.MaxValue);
}
