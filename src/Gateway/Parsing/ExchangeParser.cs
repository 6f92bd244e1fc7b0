using Tda.Gateway.Forwarding;

namespace Tda.Gateway.Parsing;

/// <summary>Reads an exchange from the copies of its bodies. Whatever they hold, it answers; what it can't read, it says.</summary>
internal static class ExchangeParser
{
    private const int FirstError = 300;

    /// <summary>Parses the routes it knows; of the others only the raw bytes are kept.</summary>
    public static ParsedExchange Parse(RecordedExchange exchange)
    {
        var parsed = new ParsedExchange();
        if (exchange.Route is not (Routes.ChatCompletions or Routes.Completions))
        {
            return parsed;
        }

        Guard(parsed, "request", () =>
        {
            RefuseTruncated(exchange.Request.Truncated);
            RequestParser.Parse(exchange.Route, ContentDecoder.Decode(exchange.Request.Bytes, exchange.RequestEncoding), parsed);
        });

        // An error's body has its own shape; status and raw bytes say it all.
        if (exchange.Status is >= 200 and < 300)
        {
            Guard(parsed, "response", () => ParseResponse(exchange, parsed));
        }

        return parsed;
    }

    private static void ParseResponse(RecordedExchange exchange, ParsedExchange parsed)
    {
        var body = ContentDecoder.Decode(exchange.Response.Bytes, exchange.ResponseEncoding);
        var parser = new ResponseParser(exchange.Route, parsed);
        if (!exchange.Streamed)
        {
            RefuseTruncated(exchange.Response.Truncated);
            parser.ParseWhole(body);
            return;
        }

        parser.ParseStream(body);
        if (exchange.Response.Truncated)
        {
            // The stream's end was not recorded, so nothing can be said about it.
            parsed.StreamCut = false;
            parsed.AddError("response: longer than the recorder's limit, parsed up to there");
        }

        // Of packed bytes we can't say which piece brought which event.
        parsed.FirstContentOffset = string.IsNullOrEmpty(exchange.ResponseEncoding) ? parsed.FirstContentOffset : null;
    }

    private static void RefuseTruncated(bool truncated)
    {
        if (truncated)
        {
            throw new FormatException("longer than the recorder's limit, so not parsed");
        }
    }

    private static void Guard(ParsedExchange parsed, string part, Action parse)
    {
        try
        {
            parse();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Whatever it is, the bytes are kept and the client is not disturbed.
            var message = error.Message.Length > FirstError ? error.Message[..FirstError] + "…" : error.Message;
            parsed.AddError($"{part}: {message}");
        }
    }
}
