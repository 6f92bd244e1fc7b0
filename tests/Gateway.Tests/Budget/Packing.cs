using System.IO.Compression;
using ZstdSharp;

namespace Tda.Gateway.Tests.Budget;

/// <summary>Bodies as clients and upstreams pack them, and as attackers do.</summary>
internal static class Packing
{
    /// <summary>The content packed by codings in the order of a Content-Encoding header.</summary>
    public static byte[] Pack(string encoding, byte[] content)
    {
        foreach (var coding in encoding.Split(", "))
        {
            var packed = new MemoryStream();
            using (Stream packing = coding switch
            {
                "gzip" => new GZipStream(packed, CompressionLevel.Optimal),
                "deflate" => new ZLibStream(packed, CompressionLevel.Optimal),
                "br" => new BrotliStream(packed, CompressionLevel.Optimal),
                "zstd" => new CompressionStream(packed),
                _ => throw new ArgumentException($"'{coding}' isn't known", nameof(encoding)),
            })
            {
                packing.Write(content);
            }

            content = packed.ToArray();
        }

        return content;
    }

    /// <summary>Many zeros, packed.</summary>
    public static byte[] Bomb(string encoding, int zeros = 128 << 20) => Pack(encoding, new byte[zeros]);

    /// <summary>An answer's head for a packed body.</summary>
    public static string Head(string encoding, int length) =>
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\nContent-Length: {length}\r\n\r\n";
}
