using Tda.Scoring.Attribution.Sessions;

namespace Tda.Evaluation.Classes;

/// <summary>
/// <see cref="WordOrderProbe"/> over a session's surrogate: the method is fitted on the corpus once (an EK-FAC index's factors are used as
/// they are), then each case's document and its flipped twin are scored for the case's query. Neither needs to be in the corpus.
/// </summary>
public static class WordOrderRunner
{
    /// <summary>Probes.</summary>
    /// <param name="session">Whose surrogate scores.</param>
    /// <param name="method">A method of <see cref="AttributionMethods"/>.</param>
    /// <param name="options">Its options.</param>
    /// <param name="cases">What is probed.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops between cases.</param>
    /// <returns>One a case, in order, named by the case.</returns>
    /// <exception cref="UsageException">
    /// No case, a method of words alone or one that lacks what it needs; a text without both phrases or longer than the context: names all.
    /// </exception>
    public static IReadOnlyList<WordOrderResult> Run(
        ScoringSession session, string method, MethodOptions options, IReadOnlyList<WordOrderCase> cases, IProgressSink progress,
        CancellationToken cancellation)
    {
        if (cases.Count == 0)
        {
            throw new UsageException("There is no case to probe.");
        }

        var needs = AttributionMethods.FindOnRows(method).Needs;
        if (needs.HasFlag(MethodNeeds.Text))
        {
            throw new UsageException($"Method {method} counts words: a text and its flipped twin score alike by construction.");
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
            results.AddRange(WordOrderProbe.Measure(
                influence, probe.Text, new PhrasePair(probe.First, probe.Second), text => Encode(session, text), query, cancellation));
            task.Report(results.Count);
        }
        return results;
    }

    private static void Require(ScoringSession session, IReadOnlyList<WordOrderCase> cases)
    {
        var longest = session.Capture.Model.MaxPositions;
        var faults = cases.Select(c =>
            new PhrasePair(c.First, c.Second).Flip(c.Text) is null
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

/// <summary>One probe of word order, a line of a file of pairs.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">A document that holds both phrases.</param>
/// <param name="First">One phrase.</param>
/// <param name="Second">The other.</param>
/// <param name="Prompt">The query's prompt; may be empty.</param>
/// <param name="Completion">The query's completion, which has the phrases' meaning in the document's order.</param>
public sealed record WordOrderCase(string Id, string Text, string First, string Second, string Prompt, string Completion);
