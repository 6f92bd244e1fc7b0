namespace Tda.Gateway.Parsing;

/// <summary>An unpacked body.</summary>
/// <param name="Bytes">The content; where <paramref name="Error"/> says that it could not all be unpacked, what came before.</param>
/// <param name="Error">Why the content is not whole; null when it is.</param>
internal readonly record struct DecodedContent(byte[] Bytes, string? Error);
