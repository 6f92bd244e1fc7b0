using System.Buffers;
using System.Runtime.CompilerServices;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;
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

    private const long MostIdle = 4 << 20;

    // a@b.cd is the shortest thing that a detector of ours looks for.
    private const int ShortestSecret = 6;

    private static readonly ConditionalWeakTable<RedactionOptions, BodyRedactor> Made = [];

    [ThreadStatic]
    private static SecretSearch? _idle;

    private readonly TextScanner _scanner;
    private readonly ISecretDetector[] _others;
    private readonly StreamPrefix _prefix;

    public BodyRedactor(RedactionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Enabled = options.Enabled;
        _scanner = new(options.Detectors.ToHashSet());
        _others = [.. options.Patterns.Select(pattern => new PatternDetector(pattern.Key, pattern.Value)), .. options.Custom];
        _prefix = new(this);
    }

    // White space and the byte order mark.
    private static ReadOnlySpan<byte> Leading => [(byte)' ', (byte)'\t', (byte)'\r', (byte)'\n', 0xEF, 0xBB, 0xBF];

    /// <summary>Whether it masks anything.</summary>
    internal bool Enabled { get; }

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
        if (!Enabled || body.IsEmpty)
        {
            return new(body, 0, false);
        }

        // Not disposed: what comes out may be the unpacked content, which is the caller's then.
        return ContentDecoder.IsPacked(contentEncoding)
            ? new BodyMasking(this, body, contentEncoding, contentType, BodyLimits.None).Run(turn: null)
            : new(body, Mask(body.Span, KindOf(body.Span, contentType)), false);
    }

    /// <summary>Free text with its secrets masked; the same string when there are none.</summary>
    public string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!Enabled || (text.Length < ShortestSecret && _others.Length == 0))
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
    public int FinalPrefix(ReadOnlySpan<byte> soFar)
    {
        try
        {
            return Enabled ? _prefix.Of(soFar, _others.Length > 0) : ServerSentEvents.LastBoundary(soFar);
        }
        catch (SearchMemoryException)
        {
            // It waits for its end, with which it is searched within its own limits.
            return 0;
        }
    }

    /// <summary>Masks in place, and returns how many secrets there were.</summary>
    internal int Mask(Span<byte> body, BodyKind kind)
    {
        var count = 0;
        Mask(body, kind, memory: 0, ref count);
        return count;
    }

    /// <summary>Masks in place, and adds how many secrets there were, also those before an error.</summary>
    /// <exception cref="SearchMemoryException">The search would take more memory than <paramref name="memory"/>: not all was looked at.</exception>
    internal void Mask(Span<byte> body, BodyKind kind, long memory, ref int count)
    {
        var search = Borrow(memory);
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
    }

    /// <summary>A search of this thread's own, until it is returned; one that ended with an error is not.</summary>
    /// <param name="memory">The most memory that it may take for what it notes; 0: as much as it likes.</param>
    internal static SecretSearch Borrow(long memory)
    {
        SearchMemory.Begin(memory);
        var search = _idle ?? new();
        _idle = null;
        return search;
    }

    internal static void Return(SecretSearch search)
    {
        search.Clear();
        search.Taken += SearchMemory.Taken;
        SearchMemory.Begin(0);

        // What one large body took must not be held for ever, by every thread.
        _idle = search.Taken > MostIdle ? null : search;
    }

    /// <summary>What a body is, as far as masks must know.</summary>
    internal static BodyKind KindOf(ReadOnlySpan<byte> body, string? contentType)
    {
        if (MediaTypes.IsEventStream(contentType))
        {
            return BodyKind.Events;
        }

        if (MediaTypes.IsAmazonEventStream(contentType))
        {
            return BodyKind.Messages;
        }

        // Nearly all bodies, without a search in any case.
        if (contentType is "application/json" or "application/json; charset=utf-8")
        {
            return BodyKind.Json;
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
}

/// <summary>A body as it may be stored.</summary>
/// <param name="Bytes">The bytes: those given, with masks of the same length in the place of secrets.</param>
/// <param name="Count">How many secrets were masked.</param>
/// <param name="Unpacked">Whether the bytes are the unpacked content: a packed body in which something had to be masked.</param>
public readonly record struct RedactedBody(Memory<byte> Bytes, int Count, bool Unpacked)
{
    /// <summary>Whether the bytes are only the beginning, since looking into all of them would take too much memory.</summary>
    internal bool Cut { get; init; }

    /// <summary>Whether nothing looked into the packed bytes, since unpacked they are beyond the limits.</summary>
    internal bool Packed { get; init; }
}
