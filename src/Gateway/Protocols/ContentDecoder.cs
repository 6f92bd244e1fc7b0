using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;

namespace Tda.Gateway.Protocols;

/// <summary>Unpacks a recorded body for the parser and for redaction; what is forwarded stays packed as it came.</summary>
/// <remarks>
/// A body of some hundred bytes can unpack to gigabytes, so the number of codings, the size and the ratio are limited. Of a body beyond a
/// limit nothing comes out: it is kept packed, and the error says why.
/// </remarks>
internal static class ContentDecoder
{
    // The most bytes that come out of any coding.
    private const int MaxDecodedBytes = 64 << 20;

    // How many times the packed length may come out. JSON unpacks to 3 to 30 times its length, streams of small events to about 100.
    private const int MaxRatio = 256;

    // So many bytes may come out whatever the ratio, since they do no harm.
    private const int AlwaysAllowedBytes = 1 << 20;

    // The most codings on top of each other. Servers use one.
    private const int MaxCodings = 2;

    // A gzip member that holds one byte, in a stored block.
    private static ReadOnlySpan<byte> OneByte =>
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 0xFE, 0xFF, (byte)'M', 0xA0, 0xD2, 0x6F, 0xDA, 1, 0, 0, 0];

    /// <summary>The unpacked bytes, with what could be unpacked where they are corrupt or end early; none where they are too many.</summary>
    /// <param name="bytes">The body as it went over the wire.</param>
    /// <param name="encoding">The Content-Encoding header; null or empty for none.</param>
    /// <param name="limit">The most bytes that may come out.</param>
    public static DecodedContent Decode(byte[] bytes, string? encoding, int limit = MaxDecodedBytes)
    {
        if (string.IsNullOrEmpty(encoding))
        {
            return new(bytes, null);
        }

        var codings = encoding.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (codings.Length > MaxCodings)
        {
            return new([], FormattableString.Invariant($"the body is packed {codings.Length} times over, more than {MaxCodings}; it is kept packed"));
        }

        // The ratio is that of the whole: each coding alone could stay below it.
        var allowed = (int)Math.Min(limit, Math.Max(AlwaysAllowedBytes, (long)MaxRatio * bytes.Length));
        var decoded = new DecodedContent(bytes, null);
        for (var i = codings.Length - 1; i >= 0; i--)
        {
            var inner = DecodeOne(decoded.Bytes, codings[i].ToLowerInvariant(), allowed);
            decoded = inner with { Error = decoded.Error ?? inner.Error };
        }

        return decoded;
    }

    private static DecodedContent DecodeOne(byte[] bytes, string coding, int limit)
    {
        if (coding == "identity" || bytes.Length == 0)
        {
            return new(bytes, null);
        }

        using var packed = new PackedBytes(bytes);
        using var unpacking = Open(packed, coding, bytes);
        if (unpacking is null)
        {
            return new([], $"content encoding '{coding}' is not known; the body is kept packed");
        }

        var plain = new MemoryStream();
        var (length, error) = Copy(unpacking, plain, limit, coding);
        if (length > limit)
        {
            return new([], FormattableString.Invariant($"the body unpacks to more than {limit} bytes; it is kept packed"));
        }

        var cut = coding is "gzip" or "x-gzip" ? !IsWholeGzip(bytes, length) : packed.AskedBeyondEnd && coding != "zstd";
        return new(plain.ToArray(), error ?? (cut ? EndsEarly(coding) : null));
    }

    /// <summary>Whether gzip data unpacked to this length are all there.</summary>
    private static bool IsWholeGzip(byte[] bytes, long length)
    {
        // The last four bytes are the content's length. Where they are not, the data are cut, or are several members: then one more
        // member behind them, of one byte, must come out as well.
        if (bytes.Length >= 18 && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(^4..)) == (uint)length)
        {
            return true;
        }

        using var unpacking = new GZipStream(new MemoryStream([.. bytes, .. OneByte]), CompressionMode.Decompress);
        return Copy(unpacking, Stream.Null, length + 1, "gzip") == (length + 1, null);
    }

    private static string EndsEarly(string coding) => $"the {coding} body ends early";

    private static Stream? Open(PackedBytes packed, string coding, byte[] bytes) => coding switch
    {
        "gzip" or "x-gzip" => new GZipStream(packed, CompressionMode.Decompress),

        // The name says zlib's format; servers that send the bare one are too many to turn away.
        "deflate" when IsZlib(bytes) => new ZLibStream(packed, CompressionMode.Decompress),
        "deflate" => new DeflateStream(packed, CompressionMode.Decompress),
        "br" => new BrotliStream(packed, CompressionMode.Decompress),
        "zstd" => new DecompressionStream(packed, leaveOpen: true),
        _ => null,
    };

    private static bool IsZlib(byte[] bytes) => bytes.Length >= 2 && (bytes[0] & 0x0F) == 8 && ((bytes[0] << 8) | bytes[1]) % 31 == 0;

    /// <summary>Unpacks up to a limit; a length beyond it says that there is more.</summary>
    private static (long Length, string? Error) Copy(Stream unpacking, Stream plain, long limit, string coding)
    {
        var buffer = new byte[16_384];
        long length = 0;
        try
        {
            while (length <= limit && unpacking.Read(buffer) is var read and > 0)
            {
                length += read;
                if (length <= limit)
                {
                    plain.Write(buffer, 0, read);
                }
            }

            return (length, null);
        }
        catch (EndOfStreamException)
        {
            return (length, EndsEarly(coding));
        }
        catch (Exception error) when (error is IOException or InvalidDataException or InvalidOperationException
            or ZstdException or ArgumentException)
        {
            return (length, $"the {coding} body is corrupt: {error.Message}");
        }
    }
}

/// <summary>
/// Packed bytes for a decompressing stream, which notes whether it was asked for more than there are. The framework's streams
/// say nothing of data that end early; but one that has found its end asks for no more.
/// </summary>
internal sealed class PackedBytes(byte[] bytes) : ReadOnlyStream
{
    private int _position;

    /// <summary>Whether bytes were missing.</summary>
    public bool AskedBeyondEnd { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, bytes.Length - _position);
        AskedBeyondEnd |= count == 0 && !buffer.IsEmpty;
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}

/// <summary>An unpacked body.</summary>
/// <param name="Bytes">The content; where <paramref name="Error"/> says that it could not all be unpacked, what came before.</param>
/// <param name="Error">Why the content is not whole; null when it is.</param>
internal readonly record struct DecodedContent(byte[] Bytes, string? Error);
