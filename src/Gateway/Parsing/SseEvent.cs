namespace Tda.Gateway.Parsing;

/// <summary>One server-sent event.</summary>
/// <param name="Data">Its data lines, joined by line feeds.</param>
/// <param name="Offset">Where in the stream its first byte is.</param>
internal readonly record struct SseEvent(string Data, long Offset);
