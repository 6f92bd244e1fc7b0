using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;

namespace Tda.Gateway.Parsing;

/// <summary>Unpacks a recorded body for the parser and for redaction; what is forwarded stays packed as it came.</summary>
internal static class ContentDecoder
{
    // A small body can unpack to gigabytes.
    private const int MaxDecodedBytes = 256 << 20;
    private const int MostCodings = 4;

    // A gzip member that holds one byte, in a stored block.
    private static ReadOnlySpan<byte> OneByte =>
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 0xFE, 0xFF, (byte)'M', 0xA0, 0xD2, 0x6F, 0xDA, 1, 0, 0, 0];

    /// <summary>The unpacked bytes, with what could be unpacked where they are corrupt, end early or are too many.</summary>
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
        if (codings.Length > MostCodings)
        {
            return new([], $"the body is packed {codings.Length} times over; the raw bytes are kept");
        }

        var decoded = new DecodedContent(bytes, null);
        for (var i = codings.Length - 1; i >= 0; i--)
        {
            var inner = DecodeOne(decoded.Bytes, codings[i].ToLowerInvariant(), limit);
            decoded = inner with { Error = decoded.Error ?? inner.Error };
        }

        return decoded;
    }

    /// <summary>All of the content, or the reason why not: for a reader that may not miss any of it.</summary>
    public static bool TryDecodeFully(byte[] bytes, string? encoding, int limit, out byte[] content, out string? error)
    {
        (content, error) = Decode(bytes, encoding, limit);
        return error is null;
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
            return new([], $"content encoding '{coding}' is not known; the raw bytes are kept");
        }

        var plain = new MemoryStream();
        var error = Copy(unpacking, plain, limit, coding);
        var cut = coding is "gzip" or "x-gzip" ? !IsWholeGzip(bytes, plain.Length) : packed.AskedBeyondEnd && coding != "zstd";
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
        var all = new MemoryStream();
        return Copy(unpacking, all, (int)Math.Min(length + 2, int.MaxValue), "gzip") is null && all.Length == length + 1;
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

    private static string? Copy(Stream unpacking, MemoryStream plain, int limit, string coding)
    {
        var buffer = new byte[16_384];
        try
        {
            while (true)
            {
                var read = unpacking.Read(buffer);
                if (read == 0)
                {
                    return null;
                }

                var room = limit - (int)plain.Length;
                plain.Write(buffer, 0, Math.Min(read, room));
                if (read > room)
                {
                    return $"the body unpacks to more than {limit} bytes; the raw bytes are kept";
                }
            }
        }
        catch (EndOfStreamException)
        {
            return EndsEarly(coding);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or InvalidOperationException
            or ZstdException or ArgumentException)
        {
            return $"the {coding} body is corrupt: {error.Message}";
        }
    }
}
