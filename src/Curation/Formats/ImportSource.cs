namespace Tda.Curation.Formats;

/// <summary>
/// A file to import as a stream of UTF-8, whatever its encoding (byte-order mark, else the one declared, else UTF-8) and compression. The
/// stream may begin with UTF-8's own mark. It knows how far the file was read.
/// </summary>
internal sealed class ImportSource : ReadOnlyStream
{
    private readonly string _path;
    private readonly string _encoding;
    private readonly Stream _raw;
    private readonly Stream _utf8;
    private long _offset;

    /// <param name="path">The file, plain or gzip.</param>
    /// <param name="declared">The encoding of a file without a mark; null: UTF-8.</param>
    /// <param name="strict">Whether bytes that aren't UTF-8 are an error here; otherwise the reader finds them.</param>
    /// <exception cref="BadInputException">It can't be opened or read.</exception>
    public ImportSource(string path, Encoding? declared, bool strict)
    {
        _path = path;
        var encoding = ByMark(Head(path, 4)) ?? declared;
        _encoding = encoding?.WebName ?? "utf-8";
        _raw = CompressedFile.OpenRead(path);
        _utf8 = encoding is null && !strict ? _raw : Encoding.CreateTranscodingStream(_raw, encoding ?? Charset.Utf8, Charset.Utf8);
    }

    /// <summary>Bytes of the file that were read, compressed ones where it is compressed.</summary>
    public long Done => CompressedFile.Position(_raw);

    /// <summary>The encoding that a byte-order mark says, strict about bytes that aren't of it; null where there is none.</summary>
    public static Encoding? ByMark(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, 0, 0, ..] => new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
        [0xEF, 0xBB, 0xBF, ..] => Charset.Utf8,
        _ => null,
    };

    /// <summary>The first bytes of a file, decompressed.</summary>
    /// <exception cref="BadInputException">It can't be opened or read.</exception>
    public static byte[] Head(string path, int bytes)
    {
        using var stream = CompressedFile.OpenRead(path);
        return Head(path, stream, bytes);
    }

    /// <summary>The first bytes of a file as UTF-8, without a mark.</summary>
    /// <exception cref="BadInputException">It can't be opened, read, or decoded.</exception>
    public static byte[] HeadAsUtf8(string path, Encoding? declared, int bytes)
    {
        using var source = new ImportSource(path, declared, strict: false);
        var head = Head(path, source, bytes);
        return head is [0xEF, 0xBB, 0xBF, .. var rest] ? rest : head;
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var read = CompressedFile.Read(_path, _utf8, buffer, _offset);
            _offset += read;
            return read;
        }
        catch (DecoderFallbackException error)
        {
            throw new BadInputException(
                _path, $"isn't text of the encoding {_encoding}", remedy: "Name the right one with --encoding.", inner: error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _utf8.Dispose();
            _raw.Dispose();
        }

        base.Dispose(disposing);
    }

    private static byte[] Head(string path, Stream stream, int bytes)
    {
        var head = new byte[bytes];
        var length = 0;
        while (length < bytes && CompressedFile.Read(path, stream, head.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
        }

        return head[..length];
    }
}
