namespace Tda.Bench.Gateway.Killing;

/// <summary>An exchange whose last byte a client has received: it must be in the log, byte for byte.</summary>
/// <param name="Marker">Stands in its request and in no other.</param>
/// <param name="RequestSha256">Of the request's body.</param>
/// <param name="ResponseSha256">Of the response's body.</param>
/// <param name="Streamed">Whether the answer was a stream.</param>
/// <param name="Round">After how many kills.</param>
internal sealed record Acknowledged(string Marker, string RequestSha256, string ResponseSha256, bool Streamed, int Round);
