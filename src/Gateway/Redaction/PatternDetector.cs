using System.Text.RegularExpressions;

namespace Tda.Gateway.Redaction;

/// <summary>A detector from a regular expression of the configuration.</summary>
internal sealed class PatternDetector(string name, string pattern) : ISecretDetector
{
    // Linear in the text's length whatever the pattern: a request must not be able to stall the gateway.
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex _pattern = new(pattern, Options);

    public string Name { get; } = name;

    /// <summary>What is wrong with a name or pattern; null when it can be used.</summary>
    public static string? Error(string name, string pattern)
    {
        if (name.Length is 0 or > 32 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            return "the name must be 1 to 32 lower-case letters, digits and '_'";
        }

        try
        {
            return new Regex(pattern, Options).IsMatch("") ? "the pattern matches nothing at all, so it would match everywhere" : null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return $"the pattern can't be used: {error.Message}";
        }
    }

    public void Find(ReadOnlySpan<byte> text, SecretSpans found)
    {
        SearchMemory.Take(2L * text.Length);
        var decoded = Encoding.UTF8.GetString(text);
        int characters = 0, bytes = 0;
        foreach (var match in _pattern.EnumerateMatches(decoded))
        {
            if (match.Length == 0)
            {
                continue;
            }

            // Malformed bytes decode to U+FFFD one for one or more, so positions are counted in what was decoded.
            bytes += ByteCount(text[bytes..], decoded.AsSpan(characters..match.Index));
            var length = ByteCount(text[bytes..], decoded.AsSpan(match.Index, match.Length));
            found.Add(bytes, bytes + length, Name);
            bytes += length;
            characters = match.Index + match.Length;
        }

        SearchMemory.Take(-2L * text.Length);
    }

    /// <summary>How many of the bytes decode to these characters.</summary>
    private static int ByteCount(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> characters)
    {
        var count = 0;
        for (var i = 0; i < characters.Length;)
        {
            Rune.DecodeFromUtf8(bytes[count..], out var rune, out var consumed);
            count += consumed;
            i += rune.Utf16SequenceLength;
        }

        return count;
    }
}
