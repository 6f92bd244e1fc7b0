namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// GPT-2's one-to-one map between the 256 bytes and 256 printable characters, so that any byte sequence can be written as
/// a token string in a vocabulary file: printable Latin-1 stands for itself, every other byte for U+0100 and up.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = BuildCharacters();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => Characters[b], b => (byte)b);

    public static char CharacterOf(byte value) => Characters[value];

    /// <returns>False when a character stands for no byte: the token isn't byte-level.</returns>
    public static bool TryBytesOf(string token, out byte[] bytes)
    {
        bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (!Bytes.TryGetValue(token[i], out bytes[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static char[] BuildCharacters()
    {
        var characters = new char[256];
        var next = (char)256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = printable ? (char)b : next++;
        }

        return characters;
    }
}
