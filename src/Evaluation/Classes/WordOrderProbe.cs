using Tda.Scoring.Attribution.Sessions;

namespace Tda.Evaluation.Classes;

/// <summary>
/// The word-order probe of 2308.03296: influence all but vanishes when the key phrases of a document come in the other order than
/// in the query. A method that scores both alike sees words, not sentences (BM25 does).
/// </summary>
public static class WordOrderProbe
{
    /// <summary>
    /// Probes a session's surrogate: the method is fitted on the corpus once (an EK-FAC index's factors are used as they are), then each
    /// case's document and its flipped twin are scored for the case's query. Neither needs to be in the corpus.
    /// </summary>
    /// <param name="session">Whose surrogate scores.</param>
    /// <param name="method">A method of <see cref="AttributionMethods"/>.</param>
    /// <param name="options">Its options.</param>
    /// <param name="cases">What is probed, at least one.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops between cases.</param>
    /// <returns>One a case, in order, named by the case.</returns>
    /// <exception cref="UsageException">
    /// A method of words alone or one that lacks what it needs; a text without both phrases or longer than the context: names all.
    /// </exception>
    public static IReadOnlyList<WordOrderResult> Run(
        ScoringSession session, string method, MethodOptions options, IReadOnlyList<WordOrderCase> cases, IProgressSink progress,
        CancellationToken cancellation)
    {
        var needs = AttributionMethods.FindOnRows(method).Needs;
        if (needs.HasFlag(MethodNeeds.Text))
        {
            throw new UsageException($"Method {method} counts words: the probe asks what a model makes of their order.");
        }

        Require(session, cases);
        using var context = new SessionContext(session, needs, null, needs.HasFlag(MethodNeeds.Factors));
        using var influence = AttributionMethods.Create(method, context.Context, options, progress, cancellation);
        var encoder = new QueryEncoder(session.Surrogate.Tokenizer, session.Capture.Model.MaxPositions, options.IncludeEnd);
        using var task = progress.Start("Probes", cases.Count, "texts");
        var results = new List<WordOrderResult>();
        foreach (var probe in cases)
        {
            cancellation.ThrowIfCancellationRequested();
            var query = encoder.Rows([new Query(probe.Id, probe.Prompt, probe.Completion)], progress);
            results.Add(Measure(influence, probe, text => Encode(session, text), query, cancellation));
            task.Report(results.Count);
        }

        return results;
    }

    /// <summary>Scores a document and its flipped twin for one query.</summary>
    internal static WordOrderResult Measure(
        IInfluence influence, WordOrderCase probe, Func<string, int[]> encode, IRowSource query, CancellationToken cancellation)
    {
        var documents = MemoryRows.FromTokens(["original", "flipped"], [encode(probe.Text), encode(probe.Flipped!)]);

        // Set apart is NaN in both: the reader sees that there is no answer.
        var scores = influence.Score(
            documents, query, [new Target(probe.Id, [0])], Normalisation.None, _ => { }, NullProgress.Instance, cancellation);
        return new WordOrderResult(probe.Id, scores[0, 0], scores[0, 1]);
    }

    private static void Require(ScoringSession session, IReadOnlyList<WordOrderCase> cases)
    {
        var longest = session.Capture.Model.MaxPositions;
        var faults = cases.Select(c =>
            c.Flipped is null
                ? $"'{c.Id}': the text doesn't hold both '{c.First}' and '{c.Second}', apart from each other"
            : Encode(session, c.Text).Length > longest + 1
                ? $"'{c.Id}': the text is longer than the surrogate's context of {longest} tokens"
            : null).OfType<string>().ToArray();
        if (faults.Length > 0)
        {
            throw new UsageException($"Of {cases.Count} cases {faults.Length} can't be probed: {string.Join("; ", faults)}.");
        }
    }

    // As documents of the corpus are: BOS + tokens + EOS.
    private static int[] Encode(ScoringSession session, string text)
    {
        var tokenizer = session.Surrogate.Tokenizer;
        return [tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId];
    }
}

/// <summary>A document's influence on a query, and that of the same document with its key phrases flipped.</summary>
/// <param name="Query">The query.</param>
/// <param name="Original">Score of the document as it is.</param>
/// <param name="Flipped">Score with the phrases in each other's place.</param>
public sealed record WordOrderResult(string Query, double Original, double Flipped)
{
    /// <summary>What is left of the influence; about 1 means that word order doesn't matter, about 0 that it carries it.</summary>
    public double Left => Flipped / Original;
}

/// <summary>
/// One probe of word order, a line of a file of pairs: two key phrases of a text whose order carries the meaning, such as "the first
/// president" and "George Washington".
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">A document that holds both phrases.</param>
/// <param name="First">One phrase.</param>
/// <param name="Second">The other.</param>
/// <param name="Prompt">The query's prompt; may be empty.</param>
/// <param name="Completion">The query's completion, which has the phrases' meaning in the document's order.</param>
public sealed record WordOrderCase(string Id, string Text, string First, string Second, string Prompt, string Completion)
{
    /// <summary>The text with the phrases in each other's place; null when it doesn't hold both, apart from each other.</summary>
    internal string? Flipped
    {
        get
        {
            var (a, b) = (Text.IndexOf(First, StringComparison.Ordinal), Text.IndexOf(Second, StringComparison.Ordinal));
            if (a < 0 || b < 0 || First.Length == 0 || Second.Length == 0)
            {
                return null;
            }

            var (early, late) = a < b ? (First, Second) : (Second, First);
            var (start, then) = (Math.Min(a, b), Math.Max(a, b));
            return start + early.Length > then ? null
                : string.Concat(Text[..start], late, Text[(start + early.Length)..then], early, Text[(then + late.Length)..]);
        }
    }
}
