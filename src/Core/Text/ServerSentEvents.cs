namespace Tda.Core.Text;

/// <summary>
/// Server-sent events (WHATWG HTML, 9.2.6) as whole bytes: how one is written, and where events and their data lie. A stream that
/// comes in pieces is read by <see cref="SseReader"/>.
/// </summary>
public static class ServerSentEvents
{
    /// <summary>The beginning of a line with data; one space may follow.</summary>
    public static ReadOnlySpan<byte> DataField => "data:"u8;

    /// <summary>An event with these data, which hold no line break.</summary>
    public static byte[] Event(ReadOnlySpan<byte> data) => [.. "data: "u8, .. data, .. "\n\n"u8];

    /// <summary>Goes to the next line with data at or after a place, and moves the place behind it.</summary>
    /// <param name="body">The stream's bytes.</param>
    /// <param name="at">The place of a line's beginning.</param>
    /// <param name="data">Where the data of the line lie.</param>
    /// <returns>False when there is none.</returns>
    public static bool NextData(ReadOnlySpan<byte> body, ref int at, out Range data)
    {
        while (at < body.Length)
        {
            var start = at;
            var length = body[at..].IndexOfAny((byte)'\n', (byte)'\r');
            var end = length < 0 ? body.Length : at + length;
            at = end + 1;
            if (body[start..end].StartsWith(DataField))
            {
                start += DataField.Length;
                data = (start < end && body[start] == ' ' ? start + 1 : start)..end;
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>The end of the last whole event; 0 when there is none.</summary>
    public static int LastBoundary(ReadOnlySpan<byte> soFar)
    {
        for (var end = soFar.Length; end > 1;)
        {
            var at = soFar[..end].LastIndexOfAny((byte)'\n', (byte)'\r');
            if (at < 1)
            {
                return 0;
            }

            // A CR at the very end may have its LF still to come.
            var whole = soFar[at] == '\n' || at + 1 < soFar.Length;
            if (whole && (soFar[at - 1] == soFar[at] || (at > 1 && soFar[at] == '\n' && soFar[at - 1] == '\r' && soFar[at - 2] == '\n')))
            {
                return at + 1;
            }

            end = at;
        }

        return 0;
    }
}
