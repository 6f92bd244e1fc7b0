using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation.Alignment;

/// <summary>
/// Turns the closed model's probabilities into targets for the surrogate's own tokens. The two cut the answer differently
/// (<see cref="RunAlignment"/>), so a run's text has the product of the closed model's probabilities of its tokens. Where a run is one token on
/// both sides its alternatives count too: one whose bytes are those of a single surrogate token stands for that token, one without
/// bytes for the answer's end, and all that is left, such as alternatives that the surrogate would spell with several tokens, for the rest.
/// </summary>
/// <remarks>
/// Alternatives are matched whole, never by their beginning: the surrogate's <c>" an"</c> in front of <c>"swer"</c> is another event than
/// the closed model's token <c>" an"</c>, and counting <c>" answer"</c> for it would teach a mass that the next token doesn't have.
/// </remarks>
public sealed class AnswerTargets(ITokenizer tokenizer)
{
    private readonly Lazy<Dictionary<string, int>> _ids = new(() => IdsOf(tokenizer));

    /// <summary>The surrogate's.</summary>
    public ITokenizer Tokenizer => tokenizer;

    /// <summary>The targets of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="tokens">The surrogate's tokens of its text, without EOS.</param>
    /// <returns>
    /// Runs whose <see cref="TargetRun.Start"/> counts from the answer's first token; the answer's end, EOS, is a token of its own behind
    /// the text where the closed model gave it a probability. Empty where there are no log-probabilities.
    /// </returns>
    public IReadOnlyList<TargetRun> Of(LoggedResponse answer, IReadOnlyList<int> tokens)
    {
        if (answer.Tokens is not { } upstream)
        {
            return [];
        }

        int[] theirs = [.. Sums(upstream.Tokens.Select(token => token.Text.Length))];
        var ended = upstream.Tokens[^1].Text.Length == 0;
        int[] ours = [.. Ends(answer.Response, tokens), .. ended ? [theirs[^1]] : Array.Empty<int>()];
        List<TargetRun> runs = [];
        foreach (var run in RunAlignment.Align(theirs, ours))
        {
            var own = upstream.Tokens.Skip(run.Upstream).Take(run.UpstreamCount).ToArray();
            var logprob = own.Sum(token => token.Logprob ?? double.NaN);
            if (!double.IsFinite(logprob))
            {
                continue;
            }

            var label = run.Surrogate < tokens.Count ? tokens[run.Surrogate] : tokenizer.EosId;
            runs.Add(run is { UpstreamCount: 1, SurrogateCount: 1 }
                ? Named(own[0], label, run.Surrogate)
                : new TargetRun(run.Surrogate, run.SurrogateCount, run.SurrogateCount == 1 ? [label] : [], [Math.Min(1, Math.Exp(logprob))]));
        }

        return runs;
    }

    private TargetRun Named(UpstreamToken token, int label, int at)
    {
        var probabilities = token.Probabilities();
        List<(int Id, double Probability)> named = [(label, probabilities[token.Text])];
        var ids = new HashSet<int> { label };
        foreach (var (text, probability) in probabilities)
        {
            if (text != token.Text && IdOf(text) is { } id && ids.Add(id))
            {
                named.Add((id, probability));
            }
        }

        // Rounding may have left a little more than 1.
        var over = Math.Max(1, named.Sum(one => one.Probability));
        return new TargetRun(at, 1, [.. named.Select(one => one.Id)], [.. named.Select(one => one.Probability / over)], Top(token, probabilities, label));
    }

    // Of one token alone it is known only where no other can be likelier.
    private int? Top(UpstreamToken token, Dictionary<string, double> probabilities, int label)
    {
        var (text, probability) = probabilities.MaxBy(one => one.Value);
        return token.Alternatives.Length == 0 && probability <= .5 ? null : text == token.Text ? label : IdOf(text);
    }

    private int? IdOf(string text) => text.Length == 0 ? tokenizer.EosId : _ids.Value.TryGetValue(text, out var id) ? id : null;

    /// <summary>Where the surrogate's tokens end, in bytes of the text.</summary>
    internal IEnumerable<int> Ends(string text, IReadOnlyList<int> tokens)
    {
        byte[][] bytes = [.. tokens.Select(id => tokenizer.DecodeBytes([id]))];
        return bytes.SelectMany(one => one).SequenceEqual(Encoding.UTF8.GetBytes(text)) ? Sums(bytes.Select(one => one.Length)) : CharacterEnds(text);
    }

    /// <summary>
    /// The same by characters, for a tokenizer that writes the text otherwise (a space in front, a normal form). A token that ends inside
    /// of a character, as the next one's beginning shows, ends where the token before it does: no run may end there.
    /// </summary>
    private IEnumerable<int> CharacterEnds(string text)
    {
        var spans = tokenizer.EncodeWithSpans(text);
        var (end, at) = (0, 0);
        for (var i = 0; i < spans.Length; i++)
        {
            if (i == spans.Length - 1 || spans[i + 1].Start >= spans[i].End)
            {
                var to = i == spans.Length - 1 ? text.Length : spans[i].End;
                end += Encoding.UTF8.GetByteCount(text.AsSpan(at, to - at));
                at = to;
            }

            yield return end;
        }
    }

    /// <summary>Sums of the first, the first two, and so on.</summary>
    internal static IEnumerable<int> Sums(IEnumerable<int> lengths)
    {
        var sum = 0;
        foreach (var length in lengths)
        {
            yield return sum += length;
        }
    }

    private static Dictionary<string, int> IdsOf(ITokenizer tokenizer)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (UpstreamTokens.Latin(tokenizer.DecodeBytes([id])) is { Length: > 0 } text)
            {
                ids.TryAdd(text, id);
            }
        }

        return ids;
    }
}
