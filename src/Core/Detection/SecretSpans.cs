namespace Tda.Core.Detection;

/// <summary>Takes what detectors find in one text.</summary>
public sealed class SecretSpans
{
    private readonly List<(int Start, int End, string Name)> _spans = [];
    private string _name = "";

    /// <summary>How many were found.</summary>
    public int Count => _spans.Count;

    /// <summary>Runs of base64 that may be text.</summary>
    internal List<(int Start, int End)> Encoded { get; } = [];

    internal (int Start, int End, string Name) this[int index] => _spans[index];

    /// <summary>Reports a secret.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its bytes, 1 or more.</param>
    public void Add(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _spans.AddCounted((start, start + length, _name));
    }

    internal void Add(int start, int end, string name) => _spans.AddCounted((start, end, name));

    internal void By(string name) => _name = name;

    internal void Clear()
    {
        _spans.Clear();
        Encoded.Clear();
    }

    /// <summary>
    /// Makes what a detector reported fit to be masked: inside the text, and without what JSON's structure may consist of
    /// (quotes, and signs at the ends).
    /// </summary>
    internal void Tidy(int from, ReadOnlySpan<byte> text)
    {
        for (var i = _spans.Count - 1; i >= from; i--)
        {
            var (start, end, name) = _spans[i];
            _spans.RemoveAt(i);
            end = Math.Min(end, text.Length);
            while (start < end)
            {
                var quote = text[start..end].IndexOf((byte)'"');
                var part = quote < 0 ? end : start + quote;
                AddTrimmed(text, start, part, name);
                start = part + 1;
            }
        }
    }

    private void AddTrimmed(ReadOnlySpan<byte> text, int start, int end, string name)
    {
        while (start < end && IsSign(text[start]))
        {
            start++;
        }

        while (end > start && IsSign(text[end - 1]))
        {
            end--;
        }

        if (start < end)
        {
            _spans.AddCounted((start, end, name));
        }
    }

    private static bool IsSign(byte value) =>
        " \n\r\t{}[]:,\\"u8.Contains(value);
}

/// <summary>Finds one kind of secret in text. Used by many requests at once, so it must be safe for concurrent use.</summary>
public interface ISecretDetector
{
    /// <summary>What it finds, for the mask: lower-case letters, digits and '_'.</summary>
    string Name { get; }

    /// <summary>
    /// Reports every secret in <paramref name="text"/>, which is UTF-8 (malformed where the sender's was) with escapes
    /// resolved. Called on the hot path: it should find out quickly that there is none. It may not throw.
    /// </summary>
    void Find(ReadOnlySpan<byte> text, SecretSpans found);
}
