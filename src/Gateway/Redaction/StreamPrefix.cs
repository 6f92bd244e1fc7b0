using Tda.Gateway.Redaction.Views;

namespace Tda.Gateway.Redaction;

/// <summary>Finds the part of a running stream whose masks are final.</summary>
internal sealed class StreamPrefix(BodyRedactor redactor)
{
    /// <summary>Bytes of a text that must follow a place, so that whatever begins before it has shown itself.</summary>
    public const int Lookahead = 1024;

    // A text that has not gone on for so many bytes of the stream is taken to have ended: its block or choice is over.
    private const int Silence = 16 << 10;

    // Digits so near to the end may be part of a longer number, or tell what a later one is.
    private const int Neighbourhood = 64;

    // What looking for a place may take, for each byte of the stream and in any case.
    private const long MemoryOfByte = 10;
    private const long LeastMemory = 16 << 20;

    // Each try masks the stream twice; an earlier boundary is tried only a few times.
    private const int MaxTries = 8;

    /// <summary>The bytes whose masks are final, see <see cref="BodyRedactor.FinalPrefix"/>.</summary>
    public int Of(ReadOnlySpan<byte> soFar, bool patterns)
    {
        var boundary = ServerSentEvents.LastBoundary(soFar[..Math.Max(0, soFar.Length - Lookahead)]);
        if (boundary == 0)
        {
            return 0;
        }

        var search = BodyRedactor.Borrow(MemoryFor(soFar));
        search.Texts.AddEvents(soFar);
        boundary = ServerSentEvents.LastBoundary(soFar[..Limit(search.Texts, boundary, soFar.Length, patterns)]);
        BodyRedactor.Return(search);
        return boundary == 0 ? 0 : Independent(soFar, boundary);
    }

    /// <summary>The last boundary from this one back behind which all is masked alike when the prefix is gone.</summary>
    private int Independent(ReadOnlySpan<byte> soFar, int boundary)
    {
        var whole = soFar.ToArray();
        var count = 0;
        redactor.Mask(whole, BodyKind.Events, MemoryFor(soFar), ref count);
        var tail = new byte[soFar.Length];
        for (var tries = 0; boundary > 0 && tries < MaxTries; tries++)
        {
            var rest = tail.AsSpan(0, soFar.Length - boundary);
            soFar[boundary..].CopyTo(rest);
            redactor.Mask(rest, BodyKind.Events, MemoryFor(soFar), ref count);
            if (rest.SequenceEqual(whole.AsSpan(boundary)))
            {
                return boundary;
            }

            boundary = ServerSentEvents.LastBoundary(soFar[..Math.Max(0, boundary - (32 << tries))]);
        }

        return 0;
    }

    private static long MemoryFor(ReadOnlySpan<byte> soFar) => Math.Max(LeastMemory, MemoryOfByte * soFar.Length);

    /// <summary>Up to where no text can still change what is masked of it.</summary>
    private static int Limit(StreamTexts texts, int limit, int length, bool patterns)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i];
            var ended = length - text.Source.End > Silence || (!patterns && EndsAtRest(text.Text));
            if (text.Length > 0 && !ended)
            {
                // Base64 can be read from its start only.
                limit = Math.Min(limit, text.SourceAt(Math.Min(Math.Max(0, text.Length - Lookahead), EncodedText.OpenRun(text.Text))));
            }
        }

        return limit;
    }

    /// <summary>Whether a text ends where nothing that a detector looks for can go on: after a space that follows a word.</summary>
    private static bool EndsAtRest(ReadOnlySpan<byte> text)
    {
        var words = text.TrimEnd(" \n\t"u8);
        return words.Length < text.Length
            && (words.IsEmpty || (words[^1] | 0x20) is >= 'a' and <= 'z' or '.' or ',' or '!' or '?')
            && !text[^Math.Min(text.Length, Neighbourhood)..].ContainsAnyInRange((byte)'0', (byte)'9')
            && !words.EndsWith("earer"u8) && !words.EndsWith("asic"u8) && !NamedSecrets.MayBeOpen(words)
            && text.LastIndexOf("PRIVATE KEY"u8) < 0;
    }
}
