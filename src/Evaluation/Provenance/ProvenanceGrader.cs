namespace Tda.Evaluation.Provenance;

/// <summary>
/// How high a run ranks the articles that taught an answer: Recall@1 and @10 (some right article is among the first), the mean reciprocal rank,
/// and how often an anti-document stands above all of them. Ranks are by the signed score, from 1; ties share their mean rank, and documents
/// that were set apart stand behind all others. Intervals draw facts with replacement, all wordings of a fact together.
/// </summary>
public static class ProvenanceGrader
{
    /// <summary>Grades a run over the set's questions.</summary>
    /// <param name="set">Questions and answers.</param>
    /// <param name="run">Scores of the articles for each question.</param>
    /// <param name="options">The intervals.</param>
    /// <exception cref="BadInputException">The run lacks questions of the set, or an article that is right.</exception>
    public static ProvenanceResult Grade(ProvenanceSet set, RunTable run, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        var found = Find(set, run);
        return new ProvenanceResult(
            run.Method, run.Documents.Count, Line("", found, options),
            [.. found.GroupBy(one => one.Question.Label, StringComparer.Ordinal).Where(_ => set.Questions.Any(q => q.Label != set.Questions[0].Label))
                .Select(group => Line(group.Key, [.. group], options))]);
    }

    /// <summary>Mean reciprocal rank of the first run less that of the second, over the same draws of facts.</summary>
    /// <exception cref="BadInputException">As <see cref="Grade"/>.</exception>
    public static Interval Difference(ProvenanceSet set, RunTable first, RunTable second, BootstrapOptions? options = null) => OfFacts(
        [.. Find(set, first).Zip(Find(set, second), (a, b) => (a.Question.Drawn, (1 / a.Rank) - (1 / b.Rank)))], options ?? new BootstrapOptions());

    private static ProvenanceLine Line(string label, IReadOnlyList<Found> found, BootstrapOptions options)
    {
        var decoyed = found.Where(one => one.Question.Decoys.Count > 0).ToList();
        return new ProvenanceLine(
            label, found.Count, Of(found, one => one.Rank <= 1 ? 1 : 0), Of(found, one => one.Rank <= 10 ? 1 : 0), Of(found, one => 1 / one.Rank),
            Of(decoyed, one => one.DecoyRank < one.Rank ? 1 : one.DecoyRank == one.Rank ? .5 : 0));

        Interval Of(IReadOnlyList<Found> of, Func<Found, double> value) => OfFacts([.. of.Select(one => (one.Question.Drawn, value(one)))], options);
    }

    // The mean over questions; what is drawn are facts.
    private static Interval OfFacts(IReadOnlyList<(string Fact, double Value)> values, BootstrapOptions options)
    {
        double[][] facts = [.. values.GroupBy(one => one.Fact, StringComparer.Ordinal).Select(group => group.Select(one => one.Value).ToArray())];
        return facts.Length == 0
            ? new Interval(double.NaN, double.NaN, double.NaN)
            : Bootstrap.Of(values.Average(one => one.Value), options, draw => draw(facts.Length).SelectMany(f => facts[f]).Average());
    }

    private static Found[] Find(ProvenanceSet set, RunTable run)
    {
        var (queries, documents) = (RunTable.Places(run.Queries.Select(query => query.Id)), RunTable.Places(run.Documents));
        string[] missing = [.. set.Questions.Select(question => question.Id).Where(id => !queries.ContainsKey(id))];
        if (missing.Length > 0)
        {
            throw new BadInputException(
                "run", $"has no scores for {missing.Length} of the set's {set.Questions.Count} questions, '{missing[0]}' among them",
                remedy: $"Attribute the set's {ProvenanceSet.QuestionsFile}, without --aggregate.");
        }

        return [.. set.Questions.Select(question =>
        {
            double[] scores = [.. run.Scores.Row(queries[question.Id]).ToArray().Select(score => float.IsNaN(score) ? double.NegativeInfinity : score)];
            return new Found(question, question.Articles.Min(Rank), question.Decoys.Count == 0 ? double.PositiveInfinity : question.Decoys.Min(Rank));

            double Rank(string id)
            {
                var own = scores[documents.TryGetValue(id, out var place)
                    ? place
                    : throw new BadInputException("run", $"scores no document '{id}' of question '{question.Id}'", remedy: $"Import the set's {ProvenanceSet.ArticlesFile} as the corpus.")];
                return 1 + scores.Count(score => score > own) + ((scores.Count(score => score == own) - 1) / 2.0);
            }
        })];
    }

    private sealed record Found(ProvenanceQuestion Question, double Rank, double DecoyRank);
}

/// <summary>A run's grade.</summary>
/// <param name="Method">The run's method.</param>
/// <param name="Documents">Documents ranked.</param>
/// <param name="All">Over all questions.</param>
/// <param name="Wordings">By wording, where there are several.</param>
public sealed record ProvenanceResult(string Method, int Documents, ProvenanceLine All, IReadOnlyList<ProvenanceLine> Wordings);

/// <summary>What was found of some questions.</summary>
/// <param name="Label">Their wording; empty for all.</param>
/// <param name="Questions">How many.</param>
/// <param name="RecallAt1">Share whose first document is right.</param>
/// <param name="RecallAt10">Share with a right document among the first ten.</param>
/// <param name="Mrr">Mean of 1/rank of the first right document.</param>
/// <param name="DecoyAbove">Of those with anti-documents, the share with one above every right document; a tie is half.</param>
public sealed record ProvenanceLine(string Label, int Questions, Interval RecallAt1, Interval RecallAt10, Interval Mrr, Interval DecoyAbove);
