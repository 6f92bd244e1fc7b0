namespace Tda.Core.Json;

/// <summary>
/// Splits a plain or gzip file into lines of bytes, keeping track of byte offsets. StreamReader would decode, hide the
/// offsets, and replace bytes that aren't UTF-8 by U+FFFD without a word.
/// </summary>
internal sealed class LineReader : IDisposable
{
    /// <summary>A line longer than this is taken for a file that isn't JSON Lines, instead of filling the memory.</summary>
    private const int MaximumLineBytes = 1 << 30;

    private readonly string _path;
    private readonly Stream _stream;
    private readonly int? _longest;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;
    private long _passed; // bytes of the line that were too many to keep

    public LineReader(string path)
        : this(path, CompressedFile.OpenRead(path))
    {
    }

    /// <param name="path">The file, for errors.</param>
    /// <param name="stream">Its content; disposed of with the reader.</param>
    /// <param name="longest">
    /// Bytes of the longest line: a longer one is passed over, and <see cref="IsTooLong"/> says so. Null: it is an error.
    /// </param>
    public LineReader(string path, Stream stream, int? longest = null)
    {
        _path = path;
        _stream = stream;
        _longest = longest;
    }

    /// <summary>The line without its line break. Valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Line number, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Byte offset of the line's start.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the line was longer than allowed; <see cref="Line"/> is then empty.</summary>
    public bool IsTooLong { get; private set; }

    public bool IsBlank => Line.Span.Trim(" \t\r"u8).IsEmpty;

    private long NextOffset { get; set; }

    public bool Next()
    {
        var scanned = 0;
        IsTooLong = false;
        NextOffset += _passed;
        _passed = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (found >= 0)
            {
                return Take(scanned + found, breakBytes: 1);
            }

            scanned = _end - _start;
            if (_ended)
            {
                return (scanned > 0 || IsTooLong) && Take(scanned, breakBytes: 0);
            }

            if (scanned > _longest)
            {
                (_passed, _start, scanned, IsTooLong) = (_passed + scanned, _end, 0, true);
            }

            Fill();
        }
    }

    public void Dispose() => _stream.Dispose();

    private bool Take(int length, int breakBytes)
    {
        Offset = NextOffset;
        IsTooLong |= length > _longest;
        Line = IsTooLong ? default : _buffer.AsMemory(_start, length);
        if (Number == 0 && Line.Span.StartsWith("\uFEFF"u8))
        {
            Line = Line[3..];
        }

        Number++;
        _start += length + breakBytes;
        NextOffset += length + breakBytes;
        return true;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_end >= MaximumLineBytes)
            {
                throw new BadInputException(_path, $"line {Number + 1} is longer than {MaximumLineBytes} bytes", NextOffset);
            }

            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, MaximumLineBytes));
        }

        var read = CompressedFile.Read(_path, _stream, _buffer.AsSpan(_end), NextOffset + _passed + _end);
        _ended = read == 0;
        _end += read;
    }
}
