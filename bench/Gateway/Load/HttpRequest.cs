namespace Tda.Bench.Gateway.Load;

/// <summary>A request as it stands on the wire.</summary>
internal static class HttpRequest
{
    /// <param name="url">The server.</param>
    /// <param name="headers">Headers beside those of every request.</param>
    /// <param name="body">JSON.</param>
    /// <param name="path">The call; that of chats unless another is given.</param>
    public static string Text(Uri url, IReadOnlyDictionary<string, string> headers, string body, string path = Payload.Path)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\n");
        foreach ((var name, var value) in headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}").ToString();
    }
}
