using System.Buffers;
using System.Runtime.CompilerServices;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;
using Tda.Gateway.Redaction.Detection;
using Tda.Gateway.Redaction.Views;

namespace Tda.Gateway.Redaction;

/// <summary>
/// Masks secrets in what is stored: keys, passwords, e-mail addresses, telephone, card and account numbers, national ids, and what the
/// configuration adds; also behind JSON and percent escapes, in base64 and UTF-16, and where a stream's events, parts of a message or
/// a list of tokens hold them in pieces. A mask has
/// the length of what it hides, so that lengths and offsets hold and JSON stays JSON. Safe for concurrent use.
/// </summary>
public sealed class BodyRedactor
{
    // A mask may end what kept its neighbour from being seen; more rounds than this no text has needed.
    private const int MaxRounds = 8;

    private const int ShortText = 512;

    // a@b.cd is the shortest thing that a detector of ours looks for.
    private const int ShortestSecret = 6;

    private static readonly ConditionalWeakTable<RedactionOptions, BodyRedactor> Made = [];

    [ThreadStatic]
    private static SecretSearch? _idle;

    private readonly bool _enabled;
    private readonly TextScanner _scanner;
    private readonly ISecretDetector[] _others;
    private readonly StreamPrefix _prefix;

    public BodyRedactor(RedactionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _enabled = options.Enabled;
        _scanner = new(options.Detectors.ToHashSet());
        _others = [.. options.Patterns.Select(pattern => new PatternDetector(pattern.Key, pattern.Value)), .. options.Custom];
        _prefix = new(this);
    }

    // White space and the byte order mark.
    private static ReadOnlySpan<byte> Leading => [(byte)' ', (byte)'\t', (byte)'\r', (byte)'\n', 0xEF, 0xBB, 0xBF];

    /// <summary>One with the default options.</summary>
    public static BodyRedactor Default { get; } = new(new());

    /// <summary>The redactor of these options, made once: options are made anew only when the configuration changes.</summary>
    public static BodyRedactor For(RedactionOptions options) => Made.GetValue(options, static options => new(options));

    /// <summary>Masks a body in place; of a packed one with secrets in it, the unpacked content is returned.</summary>
    /// <param name="body">A copy of the body as it went over the wire, of the caller's own.</param>
    /// <param name="contentEncoding">Its Content-Encoding, if any.</param>
    /// <param name="contentType">Its Content-Type, if any.</param>
    public RedactedBody Redact(Memory<byte> body, string? contentEncoding, string? contentType)
    {
        if (!_enabled || body.IsEmpty)
        {
            return new(body, 0, false);
        }

        var packed = !string.IsNullOrEmpty(contentEncoding)
            && !string.Equals(contentEncoding, "identity", StringComparison.OrdinalIgnoreCase);
        if (packed && TryUnpack(body, contentEncoding) is { } unpacked)
        {
            var inside = Mask(unpacked, KindOf(unpacked, contentType));
            return inside == 0 ? new(body, 0, false) : new(unpacked, inside, true);
        }

        return new(body, Mask(body.Span, KindOf(body.Span, contentType)), false);
    }

    /// <summary>Free text with its secrets masked; the same string when there are none.</summary>
    public string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!_enabled || (text.Length < ShortestSecret && _others.Length == 0))
        {
            return text;
        }

        var rented = text.Length > ShortText ? ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length)) : null;
        var bytes = rented ?? stackalloc byte[3 * ShortText];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        var masked = Mask(bytes, BodyKind.Other) == 0 ? text : Encoding.UTF8.GetString(bytes);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }

        return masked;
    }

    /// <summary>
    /// How many first bytes of a stream of events can be masked and stored now: up to the end of an event behind which
    /// enough has come that nothing later changes their masks, and that what follows is masked alike without them.
    /// 0 when there is no such event yet, or when the bytes are no events.
    /// </summary>
    public int FinalPrefix(ReadOnlySpan<byte> soFar) =>
        _enabled ? _prefix.Of(soFar, _others.Length > 0) : ServerSentEvents.LastBoundary(soFar);

    /// <summary>Masks in place, and returns how many secrets there were.</summary>
    internal int Mask(Span<byte> body, BodyKind kind)
    {
        var search = Borrow();
        var count = 0;
        for (var round = 0; round < MaxRounds; round++)
        {
            search.Run(body, kind, _scanner, _others);
            if (search.Ranges.All.Count == 0)
            {
                break;
            }

            count += Masks.Apply(body, search.Ranges, search.Texts.Tokens, kind != BodyKind.Other);
        }

        Return(search);
        return count;
    }

    /// <summary>A search of this thread's own, until it is returned.</summary>
    internal static SecretSearch Borrow()
    {
        var search = _idle ?? new();
        _idle = null;
        return search;
    }

    internal static void Return(SecretSearch search)
    {
        search.Clear();
        _idle = search;
    }

    private static BodyKind KindOf(ReadOnlySpan<byte> body, string? contentType)
    {
        if (MediaTypes.IsEventStream(contentType))
        {
            return BodyKind.Events;
        }

        if (contentType?.Contains("ndjson", StringComparison.OrdinalIgnoreCase) == true || contentType?.Contains("jsonl", StringComparison.OrdinalIgnoreCase) == true)
        {
            return BodyKind.Lines;
        }

        var first = body.TrimStart(Leading);
        return first is [(byte)'{' or (byte)'[', ..] || (contentType?.Contains("json", StringComparison.OrdinalIgnoreCase) ?? false)
            ? BodyKind.Json
            : BodyKind.Other;
    }

    /// <summary>
    /// The content of a packed body, as much of it as can be unpacked: a damaged one must not keep its secrets either. Null where
    /// nothing can, so that only its bytes as they are can be searched.
    /// </summary>
    private static byte[]? TryUnpack(ReadOnlyMemory<byte> body, string? encoding) =>
        ContentDecoder.Decode(body.ToArray(), encoding) is { Bytes: { Length: > 0 } content, Error: var error }
        && (error is null || !body.Span.SequenceEqual(content))
            ? content
            : null;
}

/// <summary>A body as it may be stored.</summary>
/// <param name="Bytes">The bytes: those given, with masks of the same length in the place of secrets.</param>
/// <param name="Count">How many secrets were masked.</param>
/// <param name="Unpacked">Whether the bytes are the unpacked content: a packed body in which something had to be masked.</param>
public readonly record struct RedactedBody(Memory<byte> Bytes, int Count, bool Unpacked);
