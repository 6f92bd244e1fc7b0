namespace Tda.Labels.Tests.Encoders;

/// <summary>
/// BERT's tokenizer, uncased, written down slowly from its definition (Devlin et al. 2019; Wu et al. 2016 for WordPiece): control characters
/// out, accents off, lower case; words by white space, punctuation and Chinese characters alone; then the longest pieces of the vocabulary.
/// </summary>
internal static class WordPiece
{
    public static List<int> Encode(IReadOnlyList<string> vocabulary, string text)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < vocabulary.Count; i++)
        {
            ids.TryAdd(vocabulary[i].TrimEnd('\r'), i);
        }

        List<int> encoded = [ids["[CLS]"]];
        foreach (var word in Words(text))
        {
            List<int> pieces = [];
            for (var at = 0; at < word.Length;)
            {
                var end = word.Length;
                while (end > at && !ids.ContainsKey(Piece(word, at, end)))
                {
                    end--;
                }

                if (end == at || word.Length > 100)
                {
                    pieces = [ids["[UNK]"]];
                    break;
                }

                pieces.Add(ids[Piece(word, at, end)]);
                at = end;
            }

            encoded.AddRange(pieces);
        }

        encoded.Add(ids["[SEP]"]);
        return encoded;
    }

    private static string Piece(string word, int at, int end) => (at > 0 ? "##" : "") + word[at..end];

    private static IEnumerable<string> Words(string text)
    {
        var current = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().SelectMany(Decomposed))
        {
            var category = Rune.GetUnicodeCategory(rune);
            var white = rune.Value is '\t' or '\n' or '\r' || Rune.IsWhiteSpace(rune);
            if (rune.Value is 0 or 0xFFFD || (!white && category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.NonSpacingMark))
            {
                continue;
            }

            var alone = (rune.IsAscii && (char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value)))
                || category is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
                    or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation
                || rune.Value is >= 0x4E00 and <= 0x9FFF;
            if ((white || alone) && current.Length > 0)
            {
                yield return current.ToString();
                current.Clear();
            }

            if (alone)
            {
                yield return rune.ToString();
            }
            else if (!white)
            {
                current.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        if (current.Length > 0)
        {
            yield return current.ToString();
        }
    }

    // Invariant globalisation leaves letters composed in string.Normalize, so those of the cases are decomposed by hand.
    private static IEnumerable<Rune> Decomposed(Rune rune) => "ÜUïiöoëeéeçc".IndexOf(rune.ToString(), StringComparison.Ordinal) is var at and >= 0 && at % 2 == 0
        ? [new Rune("ÜUïiöoëeéeçc"[at + 1])]
        : [rune];
}
