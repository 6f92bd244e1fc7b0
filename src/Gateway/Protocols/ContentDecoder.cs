using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Numerics;
using Tda.Gateway.Capture;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Tda.Gateway.Protocols;

/// <summary>Unpacks a recorded body for the parser and for redaction; what is forwarded stays packed as it came.</summary>
/// <remarks>
/// A body of some hundred bytes can unpack to gigabytes, so the number of codings, the size and the ratio are limited. Of a body beyond a
/// limit nothing comes out: it is kept packed, and the error says why. Memory grows with what comes out, which the caller disposes of.
/// </remarks>
internal static class ContentDecoder
{
    /// <summary>The most bytes that come out of any coding.</summary>
    public const int MaxDecodedBytes = 64 << 20;

    /// <summary>So many bytes may come out whatever the ratio, since they do no harm.</summary>
    public const int AlwaysAllowedBytes = 1 << 20;

    // How many times the packed length may come out. JSON unpacks to 3 to 30 times its length, streams of small events to about 100.
    private const int MaxRatio = 256;

    // The most codings on top of each other. Servers use one.
    private const int MaxCodings = 2;

    // The largest window that a zstd body may ask for, which is the memory that unpacking it takes: what RFC 9659 allows.
    private const int MaxZstdWindow = 8 << 20;

    // A gzip member that holds one byte, in a stored block.
    private static readonly byte[] OneByte =
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 0xFE, 0xFF, (byte)'M', 0xA0, 0xD2, 0x6F, 0xDA, 1, 0, 0, 0];

    /// <summary>Whether a Content-Encoding header names a coding.</summary>
    public static bool IsPacked([NotNullWhen(true)] string? encoding) =>
        !string.IsNullOrEmpty(encoding) && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    /// <summary>The unpacked bytes, with what could be unpacked where they are corrupt or end early; none where they are too many.</summary>
    /// <param name="bytes">The body as it went over the wire.</param>
    /// <param name="encoding">The Content-Encoding header; null or empty for none.</param>
    /// <param name="limit">The most bytes that may come out.</param>
    public static DecodedContent Decode(Memory<byte> bytes, string? encoding, int limit = MaxDecodedBytes)
    {
        var codings = (encoding ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (codings.Length > MaxCodings)
        {
            return new(DecodingEnd.TooManyCodings, FormattableString.Invariant(
                $"the body is packed {codings.Length} times over, more than {MaxCodings}; it is kept packed"));
        }

        // The ratio is that of the whole: each coding alone could stay below it.
        var allowed = Allowed(bytes.Length, limit);
        var decoded = new DecodedContent(bytes);
        for (var i = codings.Length - 1; i >= 0; i--)
        {
            using var packed = decoded;
            decoded = DecodeOne(packed, codings[i].ToLowerInvariant(), allowed);
        }

        return decoded;
    }

    /// <summary>The most bytes that so many packed ones may unpack to.</summary>
    internal static int Allowed(int packedLength, int limit) =>
        (int)Math.Min(Math.Min(limit, MaxDecodedBytes), Math.Max(AlwaysAllowedBytes, (long)MaxRatio * packedLength));

    private static DecodedContent DecodeOne(DecodedContent packed, string coding, int limit)
    {
        if (coding == "identity" || packed.Bytes.IsEmpty)
        {
            return packed.Taken();
        }

        using var bytes = new PackedBytes(packed.Bytes);
        using var unpacking = Open(bytes, coding, packed.Bytes.Span);
        if (unpacking is null)
        {
            return new(DecodingEnd.Damaged, packed.Error ?? $"content encoding '{coding}' is not known; the body is kept packed");
        }

        var plain = new HeldBytes(limit, budget: null);
        var (length, error) = Copy(unpacking, plain, limit, coding);
        if (length > limit)
        {
            plain.Dispose();
            return new(DecodingEnd.TooLong, packed.Error ?? FormattableString.Invariant(
                $"the body unpacks to more than {limit} bytes; it is kept packed"));
        }

        var cut = coding is "gzip" or "x-gzip" ? !IsWholeGzip(packed.Bytes, length) : bytes.AskedBeyondEnd && coding != "zstd";
        return new(plain, packed.Error ?? error ?? (cut ? EndsEarly(coding) : null));
    }

    /// <summary>Whether gzip data unpacked to this length are all there.</summary>
    private static bool IsWholeGzip(ReadOnlyMemory<byte> bytes, long length)
    {
        // The last four bytes are the content's length. Where they are not, the data are cut, or are several members: then one more
        // member behind them, of one byte, must come out as well.
        if (bytes.Length >= 18 && BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[^4..]) == (uint)length)
        {
            return true;
        }

        using var packed = new PackedBytes(bytes, OneByte);
        using var unpacking = new GZipStream(packed, CompressionMode.Decompress);
        return Copy(unpacking, null, length + 1, "gzip") == (length + 1, null);
    }

    private static string EndsEarly(string coding) => $"the {coding} body ends early";

    private static Stream? Open(PackedBytes packed, string coding, ReadOnlySpan<byte> bytes)
    {
        switch (coding)
        {
            case "gzip" or "x-gzip":
                return new GZipStream(packed, CompressionMode.Decompress);
            case "deflate":
                // The name says zlib's format; servers that send the bare one are too many to turn away.
                return IsZlib(bytes) ? new ZLibStream(packed, CompressionMode.Decompress) : new DeflateStream(packed, CompressionMode.Decompress);
            case "br":
                return new BrotliStream(packed, CompressionMode.Decompress);
            case "zstd":
                var zstd = new DecompressionStream(packed, leaveOpen: true);
                zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, BitOperations.Log2(MaxZstdWindow));
                return zstd;
            default:
                return null;
        }
    }

    private static bool IsZlib(ReadOnlySpan<byte> bytes) => bytes.Length >= 2 && (bytes[0] & 0x0F) == 8 && ((bytes[0] << 8) | bytes[1]) % 31 == 0;

    /// <summary>Unpacks up to a limit; a length beyond it says that there is more.</summary>
    private static (long Length, string? Error) Copy(Stream unpacking, HeldBytes? plain, long limit, string coding)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16_384);
        long length = 0;
        try
        {
            while (length <= limit && unpacking.Read(buffer) is var read and > 0)
            {
                length += read;
                plain?.Append(buffer.AsSpan(0, read));
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
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}

/// <summary>
/// Packed bytes for a decompressing stream, which notes whether it was asked for more than there are. The framework's streams
/// say nothing of data that end early; but one that has found its end asks for no more.
/// </summary>
internal sealed class PackedBytes(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> more = default) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _left = bytes;
    private ReadOnlyMemory<byte> _more = more;

    /// <summary>Whether bytes were missing.</summary>
    public bool AskedBeyondEnd { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (_left.IsEmpty)
        {
            (_left, _more) = (_more, default);
        }

        var count = Math.Min(buffer.Length, _left.Length);
        AskedBeyondEnd |= count == 0 && !buffer.IsEmpty;
        _left.Span[..count].CopyTo(buffer);
        _left = _left[count..];
        return count;
    }
}

/// <summary>An unpacked body, whose memory goes back when it is disposed.</summary>
internal sealed class DecodedContent : IDisposable
{
    private readonly Memory<byte> _whole;
    private HeldBytes? _held;

    /// <summary>A body that isn't packed: its own bytes.</summary>
    public DecodedContent(Memory<byte> bytes) => _whole = bytes;

    /// <summary>A body that was unpacked.</summary>
    public DecodedContent(HeldBytes bytes, string? error)
    {
        _held = bytes;
        Error = error;
        End = error is null ? DecodingEnd.Whole : DecodingEnd.Damaged;
    }

    /// <summary>A body of which nothing was unpacked.</summary>
    public DecodedContent(DecodingEnd end, string error)
    {
        End = end;
        Error = error;
    }

    /// <summary>The content; where <see cref="Error"/> says that it could not all be unpacked, what came before.</summary>
    public Memory<byte> Bytes => _held?.Bytes ?? _whole;

    /// <summary>How unpacking ended.</summary>
    public DecodingEnd End { get; private init; }

    /// <summary>Why the content is not whole; null when it is.</summary>
    public string? Error { get; private init; }

    /// <summary>The same content, for the caller to dispose of in this one's place.</summary>
    public DecodedContent Taken()
    {
        var taken = _held is null ? new DecodedContent(_whole) { End = End, Error = Error } : new DecodedContent(_held, Error);
        _held = null;
        return taken;
    }

    public void Dispose() => _held?.Dispose();
}

/// <summary>How unpacking a body ended.</summary>
internal enum DecodingEnd
{
    /// <summary>All of it came out.</summary>
    Whole,

    /// <summary>It is corrupt, ends early, or is packed in an unknown way: what came out is the beginning, or nothing.</summary>
    Damaged,

    /// <summary>It unpacks to more than the limit.</summary>
    TooLong,

    /// <summary>It is packed more often than the limit.</summary>
    TooManyCodings,
}
