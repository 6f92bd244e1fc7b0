using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Tda.Core.Exchanges;

/// <summary>A request's or response's body as it went over the wire.</summary>
/// <param name="Bytes">The recorded bytes: all of them, or the first ones when <see cref="Truncated"/>.</param>
/// <param name="Length">Bytes that went over the wire.</param>
/// <param name="Sha256">
/// Lower-case hex SHA-256 of all the bytes that went over the wire, recorded or not; of the stored bytes when
/// <see cref="Redactions"/> is not 0, since a hash of the original would let a short secret be guessed.
/// </param>
[JsonConverter(typeof(RecordedBodyConverter))]
public sealed record RecordedBody(byte[] Bytes, long Length, string Sha256)
{
    /// <summary>The body of a message that has none.</summary>
    public static RecordedBody Empty { get; } = Of([]);

    /// <summary>How many bytes are recorded: those of <see cref="Bytes"/>, but for an envelope, which is read before them.</summary>
    public long KeptBytes { get; init; } = Bytes.LongLength;

    /// <summary>How many secrets were masked in <see cref="Bytes"/>; a mask has the length of what it hides.</summary>
    public int Redactions { get; init; }

    /// <summary>Whether <see cref="Bytes"/> are the unpacked content: a packed body in which something had to be masked.</summary>
    public bool Unpacked { get; init; }

    /// <summary>Whether the body was longer than the recorder's limit, so that <see cref="Bytes"/> is only its beginning.</summary>
    public bool Truncated => !Unpacked && Length > KeptBytes;

    /// <summary>A body recorded in full.</summary>
    public static RecordedBody Of(byte[] bytes) => new(bytes, bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
