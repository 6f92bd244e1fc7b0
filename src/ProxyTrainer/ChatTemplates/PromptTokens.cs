namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// Finds the special tokens in what a template writes. In what a template writes of its own they are what they spell; in what the
/// messages say they are text: a message that spells the end of a turn doesn't end it.
/// </summary>
/// <remarks>
/// The texts of messages get a mark, which they don't hold otherwise, into every special token that they spell. It keeps
/// them from being found, and is taken out of the parts between those that are.
/// </remarks>
internal sealed class PromptTokens
{
    // Noncharacters: they stand in no text that is exchanged.
    private const char FirstMark = '\uFDD0';
    private const char LastMark = '\uFDEF';

    private readonly string[] _special;
    private readonly char _mark;

    /// <param name="special">The special tokens; those of one character aren't found.</param>
    /// <param name="texts">Everything that is written, for a mark that isn't in it.</param>
    public PromptTokens(IEnumerable<string> special, IReadOnlyCollection<string> texts)
    {
        _special = [.. special.Where(token => token.Length > 1).OrderByDescending(token => token.Length).ThenBy(token => token, StringComparer.Ordinal)];
        _mark = Enumerable.Range(FirstMark, LastMark - FirstMark + 1).Select(mark => (char)mark)
            .FirstOrDefault(mark => !texts.Any(text => text.Contains(mark, StringComparison.Ordinal)));
        if (_mark == default)
        {
            throw new ChatRefusedException("The chat holds every noncharacter of Unicode, so none is left to mark what its messages spell.");
        }
    }

    /// <summary>A message's text, in which no special token is found.</summary>
    public string Guard(string text) =>
        _special.Aggregate(text, (guarded, token) => guarded.Replace(token, $"{token[0]}{_mark}{token[1..]}", StringComparison.Ordinal));

    /// <summary>The parts of a prompt, each a special token or text between them.</summary>
    public IEnumerable<(string Text, bool IsSpecial, bool IsFirst)> Parts(string prompt)
    {
        for (var at = 0; at < prompt.Length;)
        {
            var (start, token) = Next(prompt, at);
            if (start > at)
            {
                yield return (prompt[at..start].Replace(_mark.ToString(), "", StringComparison.Ordinal), false, at == 0);
            }

            if (token is not null)
            {
                yield return (token, true, start == 0);
            }

            at = start + (token?.Length ?? 0);
        }
    }

    /// <summary>The next special token, the longest where several begin at one place; none: the end.</summary>
    private (int Start, string? Token) Next(string prompt, int from)
    {
        var (start, found) = (prompt.Length, (string?)null);
        foreach (var token in _special)
        {
            var place = prompt.IndexOf(token, from, Math.Min(prompt.Length, start + token.Length) - from, StringComparison.Ordinal);
            if (place >= 0 && place < start)
            {
                (start, found) = (place, token);
            }
        }

        return (start, found);
    }
}
