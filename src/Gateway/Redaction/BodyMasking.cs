using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;

namespace Tda.Gateway.Redaction;

/// <summary>
/// One body on its way into the record: 1. what looking into it takes is told, so that a large one waits for its turn; 2. a packed one is
/// unpacked; 3. it is masked. What would take more memory than a body may is cut to the part that doesn't; a packed one is kept packed then.
/// </summary>
/// <remarks>No limit is ever a reason to store what could not be looked into, but packed bytes: those are searched as they stand.</remarks>
internal sealed class BodyMasking : IDisposable
{
    // Smaller bodies wait for nobody: as many are looked into at a time as there are threads, and each takes some megabytes at most.
    private const int Small = 256 << 10;
    private const long MemoryOfSmall = 16 << 20;

    private readonly BodyRedactor _redactor;
    private readonly string? _encoding;
    private readonly string? _type;
    private readonly BodyLimits _limits;
    private Memory<byte> _body;
    private DecodedContent? _content;
    private bool _cut;

    /// <param name="redactor">Masks.</param>
    /// <param name="body">The body as it went over the wire, which is masked in place.</param>
    /// <param name="encoding">Its Content-Encoding, if any.</param>
    /// <param name="type">Its Content-Type, if any.</param>
    /// <param name="limits">What looking into it may take.</param>
    public BodyMasking(BodyRedactor redactor, Memory<byte> body, string? encoding, string? type, BodyLimits limits)
    {
        _redactor = redactor;
        _encoding = ContentDecoder.IsPacked(encoding) && !body.IsEmpty ? encoding : null;
        _type = type;
        _limits = limits;
        _body = body;
        if (_encoding is null)
        {
            Fit();
            Cost = CostOf(_body.Span);
            return;
        }

        _content = ContentDecoder.Decode(body, _encoding, Math.Min(Small, limits.LongestContent));
        if (_content.End == DecodingEnd.TooLong)
        {
            // How much it is will be seen once there is memory for all that it may be.
            _content.Dispose();
            _content = null;
            Cost = limits.MostMemory;
        }
        else if (_content.Bytes.IsEmpty)
        {
            Cost = Math.Min(limits.MostMemory, CostOf(body.Span));
        }
    }

    /// <summary>The memory that looking into it takes, as far as is known; 0 for a small one, which needs no turn.</summary>
    public long Cost { get; private set; }

    /// <summary>Masks it. The bytes are good until it is disposed.</summary>
    /// <param name="turn">The memory for it, of which it gives back what it doesn't need; null where <see cref="Cost"/> was 0, or nothing is limited.</param>
    public RedactedBody Run(MemoryTurn? turn)
    {
        if (_encoding is null)
        {
            return Masked(packed: false);
        }

        var known = _content is not null;
        var content = _content ??= ContentDecoder.Decode(_body, _encoding, _limits.LongestContent);
        if (content.End is DecodingEnd.TooLong or DecodingEnd.TooManyCodings || CostOf(content.Bytes.Span) > _limits.MostMemory)
        {
            return Masked(packed: true);
        }

        if (!known)
        {
            var cost = CostOf(content.Bytes.Span);
            turn?.GiveBack(Cost - cost);
            Cost = cost;
        }

        // As much of it as came out: a damaged one must not keep its secrets either.
        if (content.Bytes.IsEmpty || (content.Error is not null && content.Bytes.Span.SequenceEqual(_body.Span)))
        {
            return Masked(packed: false);
        }

        var count = 0;
        try
        {
            Mask(content.Bytes, ref count);
        }
        catch (SearchMemoryException)
        {
            return Masked(packed: true);
        }

        return count == 0 ? new(_body, 0, false) : new(content.Bytes, count, true);
    }

    /// <inheritdoc/>
    public void Dispose() => _content?.Dispose();

    private static long CostOf(ReadOnlySpan<byte> body) => body.Length <= Small ? 0 : BodyLimits.Cost(body);

    /// <summary>Cuts it to a length of which the cost fits.</summary>
    private void Fit()
    {
        for (var cost = CostOf(_body.Span); cost > _limits.MostMemory; cost = CostOf(_body.Span))
        {
            CutTo((int)((double)_limits.MostMemory / cost * _body.Length));
        }
    }

    private void CutTo(int length)
    {
        _body = _body[..Math.Min(length, _body.Length - 1)];
        _cut = true;
    }

    /// <summary>The body as it stands, masked.</summary>
    private RedactedBody Masked(bool packed)
    {
        var count = 0;
        while (true)
        {
            try
            {
                Mask(_body, ref count);
                return new(_body, count, false) { Cut = _cut, Packed = packed };
            }
            catch (SearchMemoryException)
            {
                // Of half as many bytes the search takes half as much at most.
                CutTo(_body.Length / 2);
            }
        }
    }

    private void Mask(Memory<byte> body, ref int count)
    {
        if (_redactor.Enabled && !body.IsEmpty)
        {
            // What was taken for the whole body is there for its part too.
            var memory = _limits == BodyLimits.None
                ? 0
                : Math.Max(Cost, body.Length <= Small ? MemoryOfSmall : Math.Min(_limits.MostMemory, BodyLimits.Cost(body.Span)));
            _redactor.Mask(body.Span, BodyRedactor.KindOf(body.Span, _type), memory, ref count);
        }
    }
}

/// <summary>What looking into one body may take: unpacking and masking it, and parsing it on its way into the store.</summary>
/// <param name="LongestContent">The most bytes of it that are kept, or unpacked.</param>
/// <param name="MostMemory">The most bytes of memory.</param>
internal readonly record struct BodyLimits(int LongestContent, long MostMemory)
{
    /// <summary>
    /// Memory for each byte. Parsing a text takes most: the spool's copy and the record's, and prompt, message and its JSON as text of two
    /// bytes a character, which go into the store once more each.
    /// </summary>
    public const int CostOfByte = 10;

    // For each item or member of JSON, of which lists of tokens make an object and a text each.
    private const int CostOfItem = 100;

    /// <summary>As much as a decoder gives.</summary>
    public static BodyLimits None { get; } = new(ContentDecoder.MaxDecodedBytes, long.MaxValue);

    /// <summary>These limits where no more of a body than so much is to be recorded: nor is a packed one unpacked to much more.</summary>
    public BodyLimits For(int mostRecorded) =>
        this with { LongestContent = Math.Min(LongestContent, Math.Max(mostRecorded, ContentDecoder.AlwaysAllowedBytes)) };

    /// <summary>What looking into a body takes, at most: known before anything is done.</summary>
    public static long Cost(ReadOnlySpan<byte> body) =>
        ((long)CostOfByte * body.Length) + ((long)CostOfItem * (body.Count((byte)',') + body.Count((byte)'{') + body.Count((byte)'[')));
}
