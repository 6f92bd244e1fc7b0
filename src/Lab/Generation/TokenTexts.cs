using System.Collections.Concurrent;

namespace Tda.Lab.Generation;

/// <summary>The bytes and the printed form of every token. A byte-level token need not be whole UTF-8 characters.</summary>
public sealed class TokenTexts(ITokenizer tokenizer)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ConcurrentDictionary<int, byte[]> _bytes = new();

    /// <summary>The bytes that the token adds to the text; none for a special token.</summary>
    public byte[] Bytes(int id) => _bytes.GetOrAdd(id, i => IsSpecial(i) ? [] : tokenizer.DecodeBytes([i]));

    /// <summary>The token's text; <c>bytes:\xe2\x82</c> (OpenAI's notation) when its bytes are not whole characters.</summary>
    public string Text(int id)
    {
        try
        {
            return Strict.GetString(Bytes(id));
        }
        catch (DecoderFallbackException)
        {
            return "bytes:" + string.Concat(Bytes(id).Select(b => $"\\x{b:x2}"));
        }
    }

    /// <summary>UTF-16 characters that begin in the token: over a text's tokens they add up to its length.</summary>
    public int Characters(int id) => Bytes(id).Sum(b => (b & 0xC0) == 0x80 ? 0 : b >= 0xF0 ? 2 : 1);

    private bool IsSpecial(int id) => id == tokenizer.BosId || id == tokenizer.EosId || id == tokenizer.PadId;
}
