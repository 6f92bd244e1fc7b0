using System.Buffers;

namespace Tda.Core.Detection;

/// <summary>Classes of bytes, and where runs of them end.</summary>
internal static class Bytes
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    /// <summary>Letters and digits.</summary>
    public static readonly SearchValues<byte> Alphanumeric = Of(Letters + Digits);

    /// <summary>The alphabet of most keys.</summary>
    public static readonly SearchValues<byte> KeyText = Of(Letters + Digits + "_-");

    /// <summary>RFC 6750, 2.1: b64token.</summary>
    public static readonly SearchValues<byte> BearerText = Of(Letters + Digits + "-._~+/=");

    /// <summary>Base64 of both alphabets, with padding.</summary>
    public static readonly SearchValues<byte> Base64Text = Of(Letters + Digits + "+/-_=");

    /// <summary>The path of an address.</summary>
    public static readonly SearchValues<byte> PathText = Of(Letters + Digits + "/@_-");

    public static readonly SearchValues<byte> EntraText = Of(Letters + Digits + "_~.-");

    public static readonly SearchValues<byte> DollarText = Of(Letters + Digits + "$");

    public static readonly SearchValues<byte> Hex = Of(Digits + "abcdefABCDEF");

    public static readonly SearchValues<byte> UpperHex = Of(Digits + "ABCDEF");

    public static readonly SearchValues<byte> LowerOrDigit = Of("abcdefghijklmnopqrstuvwxyz" + Digits);

    public static readonly SearchValues<byte> UpperDigitDash = Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-" + Digits);

    public static readonly SearchValues<byte> Digit = Of(Digits);

    /// <summary>JSON Web Tokens: base64url parts between dots.</summary>
    public static readonly SearchValues<byte> JwtText = Of(Letters + Digits + "_-.");

    /// <summary>What stands between the lines that frame a PEM block (RFC 7468, RFC 1421's headers).</summary>
    public static readonly SearchValues<byte> PemText = Of(Letters + Digits + "+/=\r\n\t :,-");

    /// <summary>RFC 5322's atoms as far as real addresses use them.</summary>
    public static readonly SearchValues<byte> LocalPart = Of(Letters + Digits + "._%+'-");

    /// <summary>The labels of host names.</summary>
    public static readonly SearchValues<byte> HostLabel = Of(Letters + Digits + "-");

    public static readonly SearchValues<byte> Letter = Of(Letters);

    public static readonly SearchValues<byte> UpperOrDigit = Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Digits);

    public static bool IsDigit(byte value) => char.IsAsciiDigit((char)value);

    public static bool IsAlphanumeric(byte value) => char.IsAsciiLetterOrDigit((char)value);

    /// <summary>The position after the run of <paramref name="values"/> that starts at <paramref name="start"/>.</summary>
    public static int RunEnd(ReadOnlySpan<byte> text, int start, SearchValues<byte> values)
    {
        var length = text[start..].IndexOfAnyExcept(values);
        return length < 0 ? text.Length : start + length;
    }

    private static SearchValues<byte> Of(string characters) => SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(characters));
}
