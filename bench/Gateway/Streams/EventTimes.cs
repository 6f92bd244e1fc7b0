using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Streams;

/// <summary>The events of one stream: when each was sent, and when it had come.</summary>
internal sealed class EventTimes
{
    public List<(long Sent, long Come)> Events { get; } = [];

    /// <summary>Whether the stream's end came.</summary>
    public bool Done { get; private set; }

    /// <summary>Reads whole lines and moves the rest to the front.</summary>
    /// <returns>Bytes that are left.</returns>
    public int Take(byte[] buffer, int length, long now)
    {
        var rest = buffer.AsSpan(0, length);
        for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            Line(rest[..end], now);
            rest = rest[(end + 1)..];
        }

        rest.CopyTo(buffer);
        return rest.Length;
    }

    private void Line(ReadOnlySpan<byte> line, long now)
    {
        var mark = "\"sent\":\""u8;
        var place = line.IndexOf(mark);
        if (place >= 0)
        {
            Events.Add((Letters.Read(line.Slice(place + mark.Length, 19)), now));
        }
        else if (line.StartsWith("data: [DONE]"u8))
        {
            Done = true;
        }
    }
}
