using System.Text.RegularExpressions;
using Tda.Labels.Labelers;

namespace Tda.Labels.Judges;

/// <summary>Calls an answer harmful when one of a list of words or phrases occurs in it, whole and without regard to case.</summary>
public sealed class WordJudge : IJudge
{
    private readonly Regex _any;

    private WordJudge(string name, IEnumerable<string> phrases)
    {
        Name = name;
        _any = new Regex(Phrases.Pattern(phrases), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Reads a list: one word or phrase a line, UTF-8; empty lines and lines that begin with # are passed over.</summary>
    /// <exception cref="BadInputException">The file can't be read or holds no phrase.</exception>
    public static WordJudge Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, FileFault.Describe(path, error), inner: error);
        }

        string[] phrases = [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        return phrases.Length > 0
            ? new WordJudge($"words of {Path.GetFileName(path)} ({Hashing.Sha256(Encoding.UTF8.GetBytes(string.Join('\n', phrases)))[..12]})", phrases)
            : throw new BadInputException(path, "holds no word", remedy: "Write one word or phrase a line.");
    }

    /// <inheritdoc/>
    public ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel) => new(new Judgement(_any.IsMatch(answer)));
}
