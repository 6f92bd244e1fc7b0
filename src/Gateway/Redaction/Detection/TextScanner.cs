using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tda.Gateway.Redaction.Detection;

/// <summary>
/// Finds the built-in kinds of secrets in one pass: 16 places at a time are tested for the first three bytes of a key,
/// for '@', for '+' before a digit and for three digits in a row; only where one is, its detector looks closer.
/// </summary>
/// <remarks>
/// The test of three bytes is by nibbles: a table gives for each low and each high nibble of each byte the set (one bit
/// each) of beginnings it may belong to, and six lookups are intersected. It can be wrong, but never misses one.
/// </remarks>
internal sealed class TextScanner
{
    private const int Width = 16;

    // One set of beginnings a bit: each is what the first, second and third byte may be.
    private static readonly (string First, string Second, string Third)[] Beginnings =
    [
        ("s", "k", "-_"), ("AB", "KSE", "IG"), ("gn", "hp", "pousrm"), ("gh", "isf", "tk_"),
        ("gx", "lo", "px"), ("At", "Id", "za"), ("e", "y", "J"), ("Bb", "Ee", "Aa"),
    ];

    private readonly bool _keys;
    private readonly bool _emails;
    private readonly bool _phones;
    private readonly bool _cards;
    private readonly Vector128<byte> _low0, _high0, _low1, _high1, _low2, _high2;

    public TextScanner(IReadOnlyCollection<string> detectors)
    {
        _keys = detectors.Contains(BuiltIn.ApiKey);
        _emails = detectors.Contains(BuiltIn.Email);
        _phones = detectors.Contains(BuiltIn.Phone);
        _cards = detectors.Contains(BuiltIn.Card);
        (_low0, _high0) = Tables(set => set.First);
        (_low1, _high1) = Tables(set => set.Second);
        (_low2, _high2) = Tables(set => set.Third);
    }

    /// <summary>Reports every secret in the text.</summary>
    public void Find(ReadOnlySpan<byte> text, SecretSpans found)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var done = 0;
        var block = 0;
        for (; block + Width + 2 <= text.Length; block += Width)
        {
            var places = Places(ref Unsafe.Add(ref first, block));
            if (places != 0)
            {
                done = FindAt(text, block, places, done, found);
            }
        }

        // The end, with zeros behind it, which start nothing.
        Span<byte> end = stackalloc byte[2 * Width + 4];
        end.Clear();
        text[block..].CopyTo(end);
        for (var offset = 0; block < text.Length; block += Width, offset += Width)
        {
            var places = Places(ref end[offset]);
            if (places != 0)
            {
                done = FindAt(text, block, places, done, found);
            }
        }
    }

    private static (Vector128<byte> Low, Vector128<byte> High) Tables(Func<(string First, string Second, string Third), string> characters)
    {
        Span<byte> low = stackalloc byte[Width];
        Span<byte> high = stackalloc byte[Width];
        for (var bit = 0; bit < Beginnings.Length; bit++)
        {
            foreach (var character in characters(Beginnings[bit]))
            {
                low[character & 0xF] |= (byte)(1 << bit);
                high[character >> 4] |= (byte)(1 << bit);
            }
        }

        return (Vector128.Create<byte>(low), Vector128.Create<byte>(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> IsDigit(Vector128<byte> bytes) =>
        Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Lookup(Vector128<byte> low, Vector128<byte> high, Vector128<byte> bytes) =>
        Vector128.ShuffleNative(low, bytes & Vector128.Create((byte)0xF)) & Vector128.ShuffleNative(high, bytes >>> 4);

    /// <summary>One bit for each of 16 places at which something may start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Places(ref byte at)
    {
        var b0 = Vector128.LoadUnsafe(ref at);
        var b1 = Vector128.LoadUnsafe(ref at, 1);
        var b2 = Vector128.LoadUnsafe(ref at, 2);
        var keys = Lookup(_low0, _high0, b0) & Lookup(_low1, _high1, b1) & Lookup(_low2, _high2, b2);
        var digit1 = IsDigit(b1);
        var others = (IsDigit(b0) & digit1 & IsDigit(b2))
            | Vector128.Equals(b0, Vector128.Create((byte)'@'))
            | (Vector128.Equals(b0, Vector128.Create((byte)'+')) & digit1);
        var none = Vector128.Equals(keys, Vector128<byte>.Zero) & ~others;
        return ~none.ExtractMostSignificantBits() & 0xFFFF;
    }

    /// <summary>Looks closer at each place, and returns up to where the text is done with.</summary>
    private int FindAt(ReadOnlySpan<byte> text, int block, uint places, int done, SecretSpans found)
    {
        for (; places != 0; places &= places - 1)
        {
            var at = block + System.Numerics.BitOperations.TrailingZeroCount(places);
            if (at >= done && at < text.Length)
            {
                done = Math.Max(done, FindAt(text, at, found));
            }
        }

        return done;
    }

    private int FindAt(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var value = text[at];
        if (Bytes.IsDigit(value))
        {
            return FindNumber(text, at, found);
        }

        if (value == '@')
        {
            if (_emails)
            {
                Emails.Find(text, at, found);
            }
        }
        else if (value == '+')
        {
            if (_phones)
            {
                Phones.FindInternational(text, at, found);
            }
        }
        else if (_keys)
        {
            return ApiKeys.Find(text, at, found);
        }

        return at + 1;
    }

    /// <summary>Looks at the digits that start here, and returns where they end.</summary>
    private int FindNumber(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        if (at == 0 || text[at - 1] != '.')
        {
            if (_cards)
            {
                Cards.Find(text, at, found);
            }

            if (_phones)
            {
                Phones.FindFormatted(text, at, found);
            }
        }

        while (at < text.Length && Bytes.IsDigit(text[at]))
        {
            at++;
        }

        return at;
    }
}

/// <summary>The kinds of secrets that are known here, and their names in options and masks.</summary>
internal static class BuiltIn
{
    public const string ApiKey = "api_key";
    public const string Email = "email";
    public const string Phone = "phone";
    public const string Card = "card";

    public static readonly IReadOnlyList<string> Names = [ApiKey, Email, Phone, Card];
}
