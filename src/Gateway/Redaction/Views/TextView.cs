using System.Buffers;
using System.Runtime.InteropServices;

namespace Tda.Gateway.Redaction.Views;

/// <summary>
/// Text as a reader would see it (escapes resolved, a stream's pieces put together), with the way back: which bytes of
/// the body each part of it came from.
/// </summary>
internal sealed class TextView
{
    // Larger buffers are given back: one large body must not hold memory for ever.
    private const int LargestKept = 1 << 20;

    private readonly List<SourcePart> _segments = [];
    private TextView? _parent;
    private byte[] _bytes = [];
    private int _length;

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Text => _bytes.AsSpan(0, _length);

    /// <summary>Bytes of the text.</summary>
    public int Length => _length;

    /// <summary>The first byte of the body that is in the text, and the one after the last; of a view without a parent.</summary>
    public (int Start, int End) Source => _segments.Count == 0 ? (0, 0) : (_segments[0].Source, _segments[^1].SourceEnd);

    /// <summary>Makes it empty; its sources are then positions in <paramref name="parent"/>, or in the body if that is null.</summary>
    public void Reset(TextView? parent)
    {
        _parent = parent;
        _segments.Clear();
        _length = 0;
        if (_bytes.Length > LargestKept)
        {
            SearchMemory.Take(-_bytes.Length);
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
            _bytes = [];
        }
    }

    /// <summary>Appends bytes that stand in the source as they are.</summary>
    public void Append(ReadOnlySpan<byte> text, int source)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (_segments.Count > 0 && _segments[^1] is { Whole: false } last && last.SourceEnd == source)
        {
            _segments[^1] = last with { SourceEnd = source + text.Length };
        }
        else
        {
            _segments.AddCounted(new(_length, source, source + text.Length, Whole: false));
        }

        Add(text);
    }

    /// <summary>Appends what an escape stands for.</summary>
    public void AppendDecoded(ReadOnlySpan<byte> text, int source, int sourceEnd)
    {
        _segments.AddCounted(new(_length, source, sourceEnd, Whole: true));
        Add(text);
    }

    /// <summary>Where in the source a byte of the text came from.</summary>
    public int SourceAt(int at)
    {
        var index = CollectionsMarshal.AsSpan(_segments).BinarySearch(new SourcePart(at, 0, 0, false), SourcePart.ByText);
        var segment = _segments[index < 0 ? ~index - 1 : index];
        return segment.Whole ? segment.Source : segment.Source + at - segment.At;
    }

    /// <summary>Adds the body's bytes that a part of the text came from.</summary>
    public void AddSources(int start, int end, RawRanges ranges)
    {
        var index = CollectionsMarshal.AsSpan(_segments).BinarySearch(new SourcePart(start, 0, 0, false), SourcePart.ByText);
        for (index = index < 0 ? Math.Max(0, ~index - 1) : index; index < _segments.Count && _segments[index].At < end; index++)
        {
            var segment = _segments[index];
            var segmentEnd = index + 1 < _segments.Count ? _segments[index + 1].At : _length;
            if (segmentEnd <= start)
            {
                continue;
            }

            var from = segment.Whole ? segment.Source : segment.Source + Math.Max(0, start - segment.At);
            var to = segment.Whole ? segment.SourceEnd : segment.Source + Math.Min(end, segmentEnd) - segment.At;
            if (_parent is null)
            {
                ranges.Add(from, to);
            }
            else
            {
                _parent.AddSources(from, to, ranges);
            }
        }
    }

    private void Add(ReadOnlySpan<byte> text)
    {
        if (_length + text.Length > _bytes.Length)
        {
            var smaller = _bytes;
            var size = Math.Max(1024, Math.Max(_length + text.Length, 2 * _length));
            SearchMemory.Take(size);
            _bytes = ArrayPool<byte>.Shared.Rent(size);
            smaller.AsSpan(0, _length).CopyTo(_bytes);
            if (smaller.Length > 0)
            {
                SearchMemory.Take(-smaller.Length);
                ArrayPool<byte>.Shared.Return(smaller, clearArray: true);
            }
        }

        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>A part of the text: byte for byte from the source, or as a whole from an escape there.</summary>
    private readonly record struct SourcePart(int At, int Source, int SourceEnd, bool Whole)
    {
        public static readonly Comparer<SourcePart> ByText = Comparer<SourcePart>.Create((a, b) => a.At.CompareTo(b.At));
    }
}
