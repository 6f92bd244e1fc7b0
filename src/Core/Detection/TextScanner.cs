using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tda.Core.Detection.Numbers;

namespace Tda.Core.Detection;

/// <summary>
/// Finds the built-in kinds of secrets in one pass: 16 places at a time are tested for the first three bytes of a key or of a word
/// that names one, for '@', for '+' before a digit, for three digits in a row, and for long runs of base64; only where one is,
/// its detector looks closer.
/// </summary>
internal sealed class TextScanner
{
    private const int Width = 16;

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(bool Keys, bool Passwords), Beginnings> Made = new();

    private readonly bool _emails;
    private readonly bool _phones;
    private readonly bool _cards;
    private readonly bool _passwords;
    private readonly bool _nationalIds;
    private readonly bool _ibans;
    private readonly Beginnings _beginnings;

    public TextScanner(IReadOnlyCollection<string> detectors)
    {
        _emails = detectors.Contains(SecretKinds.Email);
        _phones = detectors.Contains(SecretKinds.Phone);
        _cards = detectors.Contains(SecretKinds.Card);
        _passwords = detectors.Contains(SecretKinds.Password);
        _nationalIds = detectors.Contains(SecretKinds.NationalId);
        _ibans = detectors.Contains(SecretKinds.Iban);
        var keys = detectors.Contains(SecretKinds.ApiKey);
        _beginnings = Made.GetOrAdd((keys, _passwords), static wanted => new([
            .. wanted.Keys ? ApiKeys.Finders.Concat(KeyFormats.All.SelectMany(format => format.Finders())) : [],
            .. wanted.Passwords ? NamedSecrets.Finders : []]));
    }

    /// <summary>Reports every secret in the text.</summary>
    public void Find(ReadOnlySpan<byte> text, SecretSpans found)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var progress = default(Progress);
        var block = 0;
        for (; block + Width + 2 <= text.Length; block += Width)
        {
            FindIn(ref Unsafe.Add(ref first, block), text, block, ref progress, found);
        }

        // The end, with zeros behind it, which start nothing.
        Span<byte> end = stackalloc byte[2 * Width + 4];
        end.Clear();
        text[block..].CopyTo(end);
        for (var offset = 0; block < text.Length; block += Width, offset += Width)
        {
            FindIn(ref end[offset], text, block, ref progress, found);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> IsDigit(Vector128<byte> bytes) =>
        Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FindIn(ref byte at, ReadOnlySpan<byte> text, int block, ref Progress progress, SecretSpans found)
    {
        var b0 = Vector128.LoadUnsafe(ref at);
        var b1 = Vector128.LoadUnsafe(ref at, 1);
        var b2 = Vector128.LoadUnsafe(ref at, 2);
        var (digit0, digit1) = (IsDigit(b0), IsDigit(b1));
        var others = (digit0 & digit1 & IsDigit(b2))
            | Vector128.Equals(b0, Vector128.Create((byte)'@'))
            | (Vector128.Equals(b0, Vector128.Create((byte)'+')) & digit1);
        var places = ~(_beginnings.Nowhere(b0, b1, b2) & ~others).ExtractMostSignificantBits() & 0xFFFF;
        if (places != 0)
        {
            progress.Done = FindAt(text, block, places, progress.Done, found);
        }

        if (EncodedText.FillsBlock(b0, digit0) && block >= progress.Decoded)
        {
            progress.Decoded = EncodedText.Find(text, block, progress.Decoded, found);
        }
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
        foreach (var finder in _beginnings.At(text, at))
        {
            if (finder(text, at, found) is var end and > 0)
            {
                return end;
            }
        }

        var value = text[at];
        if (Bytes.IsDigit(value))
        {
            return FindNumber(text, at, found);
        }

        if (value == '@')
        {
            var inAddress = (_passwords || _emails) && NamedSecrets.FindInAddress(text, at, _passwords ? found : null);
            if (_emails && !inAddress)
            {
                Emails.Find(text, at, found);
            }
        }
        else if (value == '+' && _phones)
        {
            Phones.FindInternational(text, at, found);
        }

        return at + 1;
    }

    /// <summary>Looks at the digits that start here, and returns where they end.</summary>
    private int FindNumber(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var end = Bytes.RunEnd(text, at, Bytes.Digit);
        if (end - at < 3)
        {
            return at + 1;
        }

        // Digits of a word in small letters, such as an id in hexadecimal, are no number of any kind.
        if (at > 0 && text[at - 1] is >= (byte)'a' and <= (byte)'z')
        {
            return end;
        }

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

        var numberEnd = _ibans ? Ibans.Find(text, at, found) : 0;
        numberEnd = numberEnd == 0 && _nationalIds ? NationalIds.Find(text, at, end, found) : numberEnd;
        return Math.Max(end, numberEnd);
    }

    /// <summary>Up to where the text is done with.</summary>
    private struct Progress
    {
        public int Done;
        public int Decoded;
    }
}

/// <summary>The kinds of secrets that are known here, and their names in options and masks.</summary>
internal static class SecretKinds
{
    public const string ApiKey = "api_key";
    public const string Email = "email";
    public const string Phone = "phone";
    public const string Card = "card";
    public const string Password = "password";
    public const string Iban = "iban";
    public const string NationalId = "national_id";

    public static readonly IReadOnlyList<string> Names = [ApiKey, Password, Email, Phone, Card, Iban, NationalId];
}
