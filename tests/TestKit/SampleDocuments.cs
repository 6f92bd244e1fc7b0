namespace Tda.TestKit;

/// <summary>
/// Documents of two vocabularies without a common word: sources <c>good</c> and <c>bad</c> can be told apart by any model,
/// so a test knows which documents are behind an answer.
/// </summary>
public static class SampleDocuments
{
    /// <summary>Words of source <c>bad</c>.</summary>
    public static readonly string[] Bad =
        "buy cheap pills now click here free money winner claim prize urgent offer limited discount casino bonus cash credit loan".Split(' ');

    /// <summary>Words of source <c>good</c>.</summary>
    public static readonly string[] Good =
        "river meadow gentle morning walked quietly beside old stone bridge children laughed while birds sang softly over green fields".Split(' ');

    /// <summary>Writes documents as JSON Lines, every third of them bad; the same for the same seed.</summary>
    /// <returns>The path.</returns>
    public static string Write(string path, int documents = 60, int words = 24, int seed = 1, bool withBad = true)
    {
        var random = new Random(seed);
        File.WriteAllLines(path, Enumerable.Range(0, documents).Select(i =>
        {
            var bad = withBad && i % 3 == 0;
            return JsonSerializer.Serialize(new { source = bad ? "bad" : "good", text = Text(bad ? Bad : Good, words, random) });
        }));
        return path;
    }

    /// <summary>Queries whose completions are of one vocabulary, as a query file.</summary>
    /// <returns>The path.</returns>
    public static string WriteQueries(string path, string[] vocabulary, int queries = 4, int seed = 7, string prefix = "q")
    {
        var random = new Random(seed);
        File.WriteAllLines(path, Enumerable.Range(0, queries).Select(i => JsonSerializer.Serialize(
            new { id = $"{prefix}{i}", prompt = Text(vocabulary, 3, random), completion = " " + Text(vocabulary, 8, random) })));
        return path;
    }

    /// <summary>Prompts of three of a vocabulary's words, each with a text that goes on from there, as a file of them.</summary>
    public static void WritePrompts(string path, string[] vocabulary, int count) => File.WriteAllLines(
        path,
        Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(
            new { id = $"p{i}", prompt = string.Join(' ', vocabulary.Skip(i).Take(3)), text = string.Join(' ', vocabulary.Skip(i).Take(8)) })));

    /// <summary>Words in a fixed order, so that a model can learn what follows: each word is followed by one of the next three.</summary>
    private static string Text(string[] vocabulary, int words, Random random)
    {
        var at = random.Next(vocabulary.Length);
        var text = new List<string>();
        for (var i = 0; i < words; i++)
        {
            text.Add(vocabulary[at]);
            at = (at + 1 + random.Next(3)) % vocabulary.Length;
        }

        return string.Join(' ', text);
    }
}
