using Tda.Gateway.Capture;
using Tda.Gateway.Protocols.Bedrock;
using Tda.Gateway.Protocols.OpenAI;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Reads an exchange from its recorded bodies. A pure function of what was seen on the wire: the gateway's drain applies it,
/// and a verifier that applies it again gets the same. Whatever the bodies hold, it answers; what it can't read, it says in
/// <see cref="Exchange.ParseError"/>.
/// </summary>
public static class ExchangeParser
{
    private const int LongestError = 300;
    internal const string TooLong = "longer than the recorder's limit";
    internal const string OutOfMemory = "cut since the gateway's memory for bodies was used up";

    /// <summary>The exchange with its parsed fields, and its state settled; see the overload.</summary>
    public static Exchange Apply(Exchange raw) => Apply(raw, out _);

    /// <summary>The exchange with its parsed fields, its state and failure settled from the wire's and the answer's content.</summary>
    /// <param name="raw">
    /// An exchange with route, method, status, headers, bodies, wire state and, if that is not complete, failure. Parsed fields
    /// that it has are replaced.
    /// </param>
    /// <param name="firstContentOffset">
    /// Where in the response's body the first event with content begins, from which the first token's time can be told; null
    /// when unknown, as in a packed body.
    /// </param>
    public static Exchange Apply(Exchange raw, out long? firstContentOffset)
    {
        ArgumentNullException.ThrowIfNull(raw);
        var parsed = Parse(raw);
        firstContentOffset = parsed.FirstContentOffset;
        var (state, failure) = Settle(raw, parsed);
        return raw with
        {
            State = state,
            Failure = failure,
            Model = parsed.Model,
            Prompt = parsed.Prompt,
            Messages = parsed.Messages,
            Response = parsed.Text.Text,
            Reasoning = parsed.Reasoning.Text,
            ToolCalls = parsed.ToolCalls,
            FinishReason = parsed.FinishReason,
            Logprobs = parsed.Logprobs,
            Usage = parsed.Usage,
            ParseError = Join(TagError(raw), parsed.Error),
        };
    }

    /// <summary>Of a WebSocket what was answered to what, turn by turn; turns that did not end well, or have no text, are left out.</summary>
    public static IEnumerable<(string Prompt, IReadOnlyList<ChatMessage> Messages, string Response)> Turns(Exchange connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection is { IsWebSocket: true, Route: Routes.Realtime or Routes.Responses } ? RealtimeParser.Turns(connection) : [];
    }

    /// <summary>Parses the routes it knows; of the others only the raw bytes are kept.</summary>
    internal static ParsedExchange Parse(Exchange raw)
    {
        var named = Routes.IsOfModel(raw.Route) || raw.Path.Contains("/deployments/", StringComparison.Ordinal) ? Routes.ModelIn(raw.Path) : null;
        var parsed = new ParsedExchange { Model = named };
        if (raw.IsWebSocket)
        {
            if (raw.Route is Routes.Realtime or Routes.Responses)
            {
                RealtimeParser.Read(raw, parsed);
            }

            return parsed;
        }

        if (ProtocolParser.For(raw.Route, raw.Method, named, parsed) is not { } parser)
        {
            return parsed;
        }

        try
        {
            // A GET asks with its path alone.
            if (raw.Method != "GET")
            {
                using var request = Decode(raw.RequestBody, raw.RequestHeaders, ExchangeTags.IsRequest(ExchangeTags.Packed, raw.Tags));
                parser.ReadRequest(Whole(raw.RequestBody, request, ExchangeTags.IsRequest(ExchangeTags.Cut, raw.Tags)));
            }
        }
        catch (Exception error) when (IsExpected(error))
        {
            parsed.AddError($"request: {Short(error)}");
        }

        // An error's body has its own shape; status and raw bytes say it all.
        if (raw.Status is >= 200 and < 300)
        {
            try
            {
                ReadResponse(raw, parser, parsed);
            }
            catch (Exception error) when (IsExpected(error))
            {
                parsed.AddError($"response: {Short(error)}");
            }
        }

        if (parsed.Text.Repaired || parsed.Reasoning.Repaired)
        {
            parsed.AddError("response: not all of the text is UTF-8; U+FFFD stands for what is not");
        }

        return parsed;
    }

    private static void ReadResponse(Exchange raw, ProtocolParser parser, ParsedExchange parsed)
    {
        var cut = ExchangeTags.IsResponse(ExchangeTags.Cut, raw.Tags);
        using var decoded = Decode(raw.ResponseBody, raw.ResponseHeaders, ExchangeTags.IsResponse(ExchangeTags.Packed, raw.Tags));
        if (!raw.Streamed)
        {
            parser.ReadAnswer(Whole(raw.ResponseBody, decoded, cut));
            return;
        }

        if (MediaTypes.IsAmazonEventStream(Header(raw.ResponseHeaders, "Content-Type")))
        {
            ReadMessages(decoded.Bytes.Span, raw.ResponseBody.Redactions == 0, parser, parsed);
        }
        else
        {
            ReadStream(decoded.Bytes.Span, parser, parsed);
        }

        if (decoded.Error is { } error)
        {
            parsed.AddError($"response: {error}");
        }

        if (cut || raw.ResponseBody.Truncated)
        {
            // The stream's end was not recorded, so nothing can be said about it.
            parsed.StreamCut = false;
            parsed.AddError($"response: {(cut ? OutOfMemory : TooLong)}, parsed up to there");
        }

        // Of packed bytes we can't say which piece brought which event.
        parsed.FirstContentOffset = Header(raw.ResponseHeaders, "Content-Encoding") is null or "" ? parsed.FirstContentOffset : null;
    }

    /// <summary>Reads a stream; a malformed event is noted, and the ones after it are read.</summary>
    private static void ReadStream(ReadOnlySpan<byte> body, ProtocolParser parser, ParsedExchange parsed)
    {
        var reader = new SseReader();
        var number = 0;
        while (reader.TryRead(ref body, out var one) || reader.TryComplete(out one))
        {
            number++;
            try
            {
                if (parser.ReadEvent(one.Data))
                {
                    parsed.FirstContentOffset ??= one.Offset;
                }
            }
            catch (Exception error) when (IsExpected(error))
            {
                parsed.AddError($"event {number} of the stream (byte {one.Offset}): {Short(error)}");
            }
        }

        parser.EndStream();
    }

    /// <summary>Reads a stream in Amazon's encoding. Where one message is no message, nothing behind it can be told.</summary>
    private static void ReadMessages(ReadOnlySpan<byte> body, bool check, ProtocolParser parser, ParsedExchange parsed)
    {
        var stream = new EventStream(body);
        var start = 0;
        try
        {
            for (var number = 1; stream.TryRead(check, out var message); number++, start = stream.At)
            {
                try
                {
                    if (message.Type == "exception")
                    {
                        parsed.StreamError = true;
                    }
                    else if (parser.ReadMessage(message.Type, message.Payload))
                    {
                        parsed.FirstContentOffset ??= start;
                    }
                }
                catch (Exception error) when (IsExpected(error))
                {
                    parsed.AddError($"message {number} of the stream (byte {start}): {Short(error)}");
                }
            }
        }
        catch (FormatException error)
        {
            parsed.AddError($"response: {error.Message}");
        }

        parser.EndStream();
        parsed.StreamCut |= stream.IsCut;
    }

    /// <summary>The wire says how the connection ended; only the parsed stream says whether the answer did.</summary>
    private static (TerminalState State, string? Failure) Settle(Exchange raw, ParsedExchange parsed) =>
        raw.WireState != TerminalState.Complete ? (raw.WireState, raw.Failure)
        : parsed.StreamError ? (TerminalState.UpstreamAbort, "the upstream reported an error inside the stream")
        : parsed.StreamCut ? (TerminalState.Truncated, "the stream ended without its end: neither its last event nor a finish reason came")
        : (TerminalState.Complete, null);

    /// <summary>The unpacked bytes of a body that can be read as a whole only.</summary>
    private static ReadOnlySpan<byte> Whole(RecordedBody body, DecodedContent decoded, bool cut) =>
        cut || body.Truncated ? throw new FormatException($"{(cut ? OutOfMemory : TooLong)}, so not parsed")
        : decoded.Error is { } error ? throw new FormatException(error)
        : decoded.Bytes.Span;

    /// <summary>What is marked as beyond the gateway's limits stays packed here too, so that whoever parses it anew gets the same.</summary>
    private static DecodedContent Decode(RecordedBody body, IReadOnlyList<HeaderField> headers, bool keptPacked) =>
        body.Unpacked ? new(body.Bytes)
        : keptPacked ? new(DecodingEnd.TooLong, "the body unpacks to more than the gateway's limits allow; it is kept packed")
        : ContentDecoder.Decode(body.Bytes, Header(headers, "Content-Encoding"));

    private static string? TagError(Exchange raw)
    {
        GatewayHeaders.ReadTags(Header(raw.RequestHeaders, GatewayHeaders.Tags), out var error);
        return error is null ? null : $"{GatewayHeaders.Tags}: {error}";
    }

    /// <summary>A header's lines, joined as HTTP allows; null where there is none.</summary>
    internal static string? Header(IReadOnlyList<HeaderField> headers, string name)
    {
        string? value = null;
        foreach (var header in headers)
        {
            if (header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                value = value is null ? header.Value : $"{value}, {header.Value}";
            }
        }

        return value;
    }

    private static bool IsExpected(Exception error) =>
        error is JsonException or FormatException or InvalidOperationException or InvalidDataException;

    private static string Short(Exception error) =>
        error.Message.Length > LongestError ? error.Message[..LongestError] + "…" : error.Message;

    private static string? Join(string? first, string? second) => first is null || second is null ? first ?? second : $"{first}; {second}";
}
