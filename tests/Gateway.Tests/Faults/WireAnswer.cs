using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A response taken apart as it came over the wire.</summary>
/// <param name="Head">Status line and headers.</param>
/// <param name="Body">The body's bytes, without the framing of chunks.</param>
/// <param name="Whole">Whether the body's end came: all of its announced length, or the last chunk.</param>
internal sealed record WireAnswer(string Head, byte[] Body, bool Whole)
{
    /// <summary>One POST over a connection of its own.</summary>
    public static async Task<WireAnswer> PostAsync(Uri url, string path, byte[] body, string headers = "")
    {
        using var client = await RawClient.ConnectAsync(url);
        await client.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}Connection: close\r\n\r\n");
        await client.SendAsync(body);
        return Of(await client.ReadBytesToEndAsync());
    }

    public static WireAnswer Of(byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            // A broken connection may take with it what was on the way.
            return new("", [], Whole: false);
        }

        var head = Encoding.Latin1.GetString(bytes, 0, end);
        var rest = bytes[(end + 4)..];
        if (Header(head, "Transfer-Encoding") == "chunked")
        {
            return Chunks(head, rest);
        }

        return new(head, rest, rest.Length == int.Parse(Header(head, "Content-Length")!, CultureInfo.InvariantCulture));
    }

    private static WireAnswer Chunks(string head, ReadOnlySpan<byte> rest)
    {
        var body = new MemoryStream();
        while (rest.IndexOf("\r\n"u8) is var line and > 0)
        {
            var size = int.Parse(Encoding.ASCII.GetString(rest[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            rest = rest[(line + 2)..];
            body.Write(rest[..Math.Min(size, rest.Length)]);
            if (size == 0 || rest.Length < size + 2)
            {
                return new(head, body.ToArray(), Whole: size == 0 && rest.SequenceEqual("\r\n"u8));
            }

            rest = rest[(size + 2)..];
        }

        return new(head, body.ToArray(), Whole: false);
    }

    private static string? Header(string head, string name) => head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();
}
