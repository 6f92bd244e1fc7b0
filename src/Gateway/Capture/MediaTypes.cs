namespace Tda.Gateway.Capture;

/// <summary>The media types that the gateway treats differently.</summary>
internal static class MediaTypes
{
    /// <summary>Whether a Content-Type is that of server-sent events, parameters aside.</summary>
    public static bool IsEventStream(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a Content-Type is that of JSON, parameters aside.</summary>
    public static bool IsJson(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
}
