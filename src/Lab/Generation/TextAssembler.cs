using System.Buffers;

namespace Tda.Lab.Generation;

/// <summary>
/// Turns the bytes of generated tokens into text that can be sent: whole characters only, nothing that may turn out to be
/// the beginning of a stop sequence, and each token with the text it begins in.
/// </summary>
public sealed class TextAssembler(IReadOnlyList<string> stop)
{
    private readonly byte[][] _stops = stop.Select(Encoding.UTF8.GetBytes).ToArray();
    private readonly List<(GeneratedToken Token, int Start)> _pending = [];
    private readonly StringBuilder _text = new();
    private byte[] _buffer = new byte[256];
    private int _length;
    private int _released;

    /// <summary>True once a stop sequence has come up; nothing more is released after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Adds a token and returns what can be sent now.</summary>
    public (string Text, IReadOnlyList<GeneratedToken> Tokens) Push(GeneratedToken token, ReadOnlySpan<byte> bytes)
    {
        var searchFrom = Math.Max(_released, _length - _stops.Select(s => s.Length - 1).DefaultIfEmpty(0).Max());
        _pending.Add((token, _length));
        if (_length + bytes.Length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes.Length));
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;

        if (FirstStop(searchFrom) is { } at)
        {
            Stopped = true;
            _length = at;
            return Release(_length, final: true);
        }

        return Release(_length - HeldForStop(), final: false);
    }

    /// <summary>Releases what was held back, when the completion has ended by EOS or by length.</summary>
    public (string Text, IReadOnlyList<GeneratedToken> Tokens) Finish() => Release(_length, final: true);

    private int? FirstStop(int from) => _stops
        .Select(s => _buffer.AsSpan(from, _length - from).IndexOf(s))
        .Where(at => at >= 0)
        .Min(at => (int?)(from + at));

    /// <summary>The length of the longest end of the buffer that begins a stop sequence.</summary>
    private int HeldForStop() => _stops
        .SelectMany(s => Enumerable.Range(1, Math.Min(s.Length - 1, _length - _released))
            .Where(k => _buffer.AsSpan(_length - k, k).SequenceEqual(s.AsSpan(0, k))))
        .DefaultIfEmpty(0)
        .Max();

    private (string Text, IReadOnlyList<GeneratedToken> Tokens) Release(int end, bool final)
    {
        // Rune by rune, so that invalid bytes become the same U+FFFDs however the bytes arrive.
        _text.Clear();
        while (_released < end)
        {
            var status = Rune.DecodeFromUtf8(_buffer.AsSpan(_released, end - _released), out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData && !final)
            {
                break;
            }

            _text.Append(rune.ToString());
            _released += consumed;
        }

        // A token is released with the first text that covers its first byte; what a stop sequence swallowed whole is not.
        var ready = _pending.TakeWhile(p => p.Start < _released || (final && !Stopped)).Select(p => p.Token).ToArray();
        _pending.RemoveRange(0, ready.Length);
        if (final)
        {
            _pending.Clear();
        }

        return (_text.ToString(), ready);
    }
}
