using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Tda.Core.Exchanges;

/// <summary>A request's or response's body as it went over the wire.</summary>
/// <param name="Bytes">The recorded bytes: all of them, or the first ones when <see cref="Truncated"/>.</param>
/// <param name="Length">Bytes that went over the wire.</param>
/// <param name="Sha256">Lower-case hex SHA-256 of all the bytes that went over the wire, recorded or not.</param>
[JsonConverter(typeof(RecordedBodyConverter))]
public sealed record RecordedBody(byte[] Bytes, long Length, string Sha256)
{
    /// <summary>The body of a message that has none.</summary>
    public static RecordedBody Empty { get; } = Of([]);

    /// <summary>Whether the body was longer than the recorder's limit, so that <see cref="Bytes"/> is only its beginning.</summary>
    public bool Truncated => Length > Bytes.LongLength;

    /// <summary>A body recorded in full.</summary>
    public static RecordedBody Of(byte[] bytes) => new(bytes, bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
