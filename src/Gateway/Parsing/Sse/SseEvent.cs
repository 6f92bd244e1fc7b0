namespace Tda.Gateway.Parsing.Sse;

/// <summary>One server-sent event; valid until the reader's next call.</summary>
/// <param name="data">Its data lines as sent, joined by line feeds; not checked to be UTF-8.</param>
/// <param name="offset">Where in the stream its first byte is.</param>
internal readonly ref struct SseEvent(ReadOnlySpan<byte> data, long offset)
{
    public ReadOnlySpan<byte> Data { get; } = data;

    public long Offset { get; } = offset;
}
