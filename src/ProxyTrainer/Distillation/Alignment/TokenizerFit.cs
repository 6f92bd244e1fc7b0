using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Distillation.Alignment;

/// <summary>
/// How a tokenizer cuts logged answers, beside how the closed model cut them: log-probabilities come with its tokens, which betray the tokenizer.
/// An answer counts where every token ends at the same byte. Not all do with the right one either: a model may spell a text with other
/// tokens than its tokenizer would, and a stop sequence may cut the last.
/// </summary>
/// <param name="Name">The tokenizer's name, or its file's path.</param>
/// <param name="Answers">Answers compared: those with logged tokens, of many the first.</param>
/// <param name="Same">Those cut alike.</param>
public sealed record TokenizerFit(string Name, int Answers, int Same)
{
    /// <summary>Answers that are compared at most.</summary>
    public const int MostAnswers = 200;

    /// <summary>Least share of a tokenizer that is said to be the closed model's.</summary>
    public const double Enough = .5;

    /// <summary>Share of the answers that are cut alike; 0 where none has logged tokens.</summary>
    public double Share => Answers == 0 ? 0 : (double)Same / Answers;

    /// <summary>Whether it may be said to be the closed model's.</summary>
    public bool Fits => Share >= Enough;

    /// <summary>Compares one tokenizer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="responses">The log.</param>
    public static TokenizerFit Of(string name, ITokenizer tokenizer, IEnumerable<LoggedResponse> responses)
    {
        var cut = new AnswerTargets(tokenizer);
        LoggedResponse[] compared = [.. responses.Where(response => response.Tokens is not null).Take(MostAnswers)];
        return new(name, compared.Length, compared.Count(response =>
        {
            // The answer's end, which some APIs list, has no text.
            int[] theirs = [.. AnswerTargets.Sums(response.Tokens!.Tokens.Where(token => token.Text.Length > 0).Select(token => token.Text.Length))];
            return cut.Ends(response.Response, tokenizer.Encode(response.Response)).SequenceEqual(theirs);
        }));
    }

    /// <summary>Compares the public tokenizers, the best first; nothing where no answer has logged tokens.</summary>
    /// <param name="responses">The log.</param>
    public static IReadOnlyList<TokenizerFit> OfPublic(IReadOnlyList<LoggedResponse> responses) =>
        Rank(responses, PublicTokenizer.Names.Select(name => (name, (ITokenizer)PublicTokenizer.Open(name))));

    // Tables take half a second each: they aren't opened for nothing.
    internal static IReadOnlyList<TokenizerFit> Rank(IReadOnlyList<LoggedResponse> responses, IEnumerable<(string Name, ITokenizer Tokenizer)> tokenizers) =>
        !responses.Any(response => response.Tokens is not null) ? []
            : [.. tokenizers.Select(one => Of(one.Name, one.Tokenizer, responses)).OrderByDescending(fit => fit.Same)];
}
