using System.IO.Compression;

namespace Tda.Gateway.Parsing;

/// <summary>Unpacks a recorded body for the parser; what is stored stays packed as it came.</summary>
internal static class ContentDecoder
{
    // A small body can unpack to gigabytes.
    private const int MaxDecodedBytes = 256 << 20;

    /// <summary>The unpacked bytes, as many as there are when the packed ones end early.</summary>
    /// <exception cref="InvalidDataException">Unknown encoding, corrupt data, or too much of it.</exception>
    public static byte[] Decode(byte[] bytes, string? encoding)
    {
        var codings = (encoding ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var coding in codings.Reverse())
        {
            bytes = DecodeOne(bytes, coding.ToLowerInvariant());
        }

        return bytes;
    }

    private static byte[] DecodeOne(byte[] bytes, string coding)
    {
        using var packed = new MemoryStream(bytes);
        using Stream? unpacking = coding switch
        {
            "identity" => packed,
            "gzip" or "x-gzip" => new GZipStream(packed, CompressionMode.Decompress),
            "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            _ => throw new InvalidDataException($"content encoding '{coding}' is not known; the raw bytes are kept"),
        };
        using var plain = new MemoryStream();
        var buffer = new byte[81_920];
        for (var read = unpacking.Read(buffer); read > 0; read = unpacking.Read(buffer))
        {
            plain.Write(buffer, 0, read);
            if (plain.Length > MaxDecodedBytes)
            {
                throw new InvalidDataException($"the body unpacks to more than {MaxDecodedBytes} bytes; the raw bytes are kept");
            }
        }

        return plain.ToArray();
    }
}
