using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using Tda.Store.Keys;

namespace Tda.Gateway.Security;

/// <summary>
/// A client key as text: <c>tda_&lt;id&gt;_&lt;secret&gt;</c>. The id is 10 characters, the secret 32 random bytes in 43 characters of
/// base 62, then 4 of a checksum, so that a mistyped key is told from an unknown one without a look into the store.
/// </summary>
public static class KeyText
{
    private const string Prefix = "tda_";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 10;
    private const int SecretBytes = 32;
    private const int SecretLength = 43;
    private const int ChecksumLength = 4;
    private const int SaltBytes = 16;
    private const int Length = 4 + IdLength + 1 + SecretLength + ChecksumLength;

    /// <summary>Makes a key: its text, to be shown once, and what is stored of it.</summary>
    public static (string Text, ClientKey Key) Issue(
        string name, DateTimeOffset now, IReadOnlyList<string>? routes = null, int? requestsPerMinute = null, DateTimeOffset? expires = null)
    {
        var id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        var body = $"{Prefix}{id}_{Base62(RandomNumberGenerator.GetBytes(SecretBytes), SecretLength)}";
        var text = body + Checksum(body);
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return (text, new()
        {
            Id = id,
            Name = name,
            Salt = salt,
            Hash = HashOf(salt, text),
            CreatedAt = now,
            ExpiresAt = expires,
            Routes = routes ?? [],
            RequestsPerMinute = requestsPerMinute,
        });
    }

    /// <summary>The id in a key; false for what can't be a key.</summary>
    public static bool TryReadId(string? text, [NotNullWhen(true)] out string? id)
    {
        id = null;
        if (text is { Length: Length } && text.StartsWith(Prefix, StringComparison.Ordinal) && text[Prefix.Length + IdLength] == '_'
            && string.Equals(Checksum(text[..^ChecksumLength]), text[^ChecksumLength..], StringComparison.Ordinal))
        {
            id = text.Substring(Prefix.Length, IdLength);
        }

        return id is not null;
    }

    /// <summary>Whether a text is the key; takes the same time for every text.</summary>
    public static bool Matches(string text, ClientKey key) => CryptographicOperations.FixedTimeEquals(HashOf(key.Salt, text), key.Hash);

    private static byte[] HashOf(byte[] salt, string text) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(text)]);

    private static string Checksum(string body) => Base62(SHA256.HashData(Encoding.UTF8.GetBytes(body))[..3], ChecksumLength + 1)[1..];

    private static string Base62(byte[] bytes, int length)
    {
        var number = new BigInteger(bytes, isUnsigned: true);
        var text = new char[length];
        for (var i = length - 1; i >= 0; i--)
        {
            number = BigInteger.DivRem(number, Alphabet.Length, out var digit);
            text[i] = Alphabet[(int)digit];
        }

        return new(text);
    }
}
