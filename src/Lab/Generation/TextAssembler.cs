using System.Buffers;
using System.Text;

namespace Tda.Lab.Generation;

/// <summary>
/// Turns the bytes of generated tokens into text that can be sent: whole characters only, nothing that may turn out to be
/// the beginning of a stop sequence, and each token with the text it begins in.
/// </summary>
public sealed class TextAssembler(IReadOnlyList<string> stop)
{
    private readonly byte[][] stops = stop.Select(Encoding.UTF8.GetBytes).ToArray();
    private readonly List<(GeneratedToken Token, int Start)> pending = [];
    private readonly StringBuilder text = new();
    private byte[] buffer = new byte[256];
    private int length;
    private int released;

    /// <summary>True once a stop sequence has come up; nothing more is released after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Adds a token and returns what can be sent now.</summary>
    public (string Text, IReadOnlyList<GeneratedToken> Tokens) Push(GeneratedToken token, ReadOnlySpan<byte> bytes)
    {
        var searchFrom = Math.Max(released, length - stops.Select(s => s.Length - 1).DefaultIfEmpty(0).Max());
        pending.Add((token, length));
        if (length + bytes.Length > buffer.Length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + bytes.Length));
        }

        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;

        if (FirstStop(searchFrom) is { } at)
        {
            Stopped = true;
            length = at;
            return Release(length, final: true);
        }

        return Release(length - HeldForStop(), final: false);
    }

    /// <summary>Releases what was held back, when the completion has ended by EOS or by length.</summary>
    public (string Text, IReadOnlyList<GeneratedToken> Tokens) Finish() => Release(length, final: true);

    private int? FirstStop(int from)
    {
        int? first = null;
        foreach (var s in stops)
        {
            var at = buffer.AsSpan(from, length - from).IndexOf(s);
            if (at >= 0 && (first is null || from + at < first))
            {
                first = from + at;
            }
        }

        return first;
    }

    private int HeldForStop()
    {
        var held = 0;
        foreach (var s in stops)
        {
            for (var k = Math.Min(s.Length - 1, length - released); k > held; k--)
            {
                if (buffer.AsSpan(length - k, k).SequenceEqual(s.AsSpan(0, k)))
                {
                    held = k;
                    break;
                }
            }
        }

        return held;
    }

    private (string Text, IReadOnlyList<GeneratedToken> Tokens) Release(int end, bool final)
    {
        // Rune by rune, so that invalid bytes become the same U+FFFDs however the bytes arrive.
        text.Clear();
        while (released < end)
        {
            var status = Rune.DecodeFromUtf8(buffer.AsSpan(released, end - released), out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData && !final)
            {
                break;
            }

            text.Append(rune.ToString());
            released += consumed;
        }

        // A token is released with the first text that covers its first byte; what a stop sequence swallowed whole is not.
        var ready = pending.TakeWhile(p => p.Start < released || (final && !Stopped)).Select(p => p.Token).ToArray();
        pending.RemoveRange(0, ready.Length);
        if (final)
        {
            pending.Clear();
        }

        return (text.ToString(), ready);
    }
}
