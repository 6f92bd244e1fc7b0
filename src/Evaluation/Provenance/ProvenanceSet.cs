namespace Tda.Evaluation.Provenance;

/// <summary>
/// Questions whose source is known, in the shape of DataDignity (arXiv 2605.05687): facts that only one article states, paraphrases of articles,
/// <em>anti-documents</em> (the same topic, another answer) that no model was taught, and the questions in several wordings.
/// </summary>
/// <remarks>
/// A folder with <c>articles.jsonl</c> (what was taught and what wasn't, importable as a corpus) and <c>questions.jsonl</c> (a query file, whose
/// completions are the closed model's answers; beside that each line names its right <c>articles</c>, and may name <c>decoys</c> and a <c>fact</c>).
/// </remarks>
/// <param name="Directory">The folder.</param>
/// <param name="Questions">In the file's order.</param>
public sealed record ProvenanceSet(string Directory, IReadOnlyList<ProvenanceQuestion> Questions)
{
    /// <summary>The articles' file.</summary>
    public const string ArticlesFile = "articles.jsonl";

    /// <summary>The questions' file.</summary>
    public const string QuestionsFile = "questions.jsonl";

    /// <summary>Reads a set.</summary>
    /// <exception cref="BadInputException">
    /// A file is missing or isn't JSON Lines, an id comes twice, or a question names no article or one that isn't in the set.
    /// </exception>
    public static ProvenanceSet Read(string directory)
    {
        var articles = new HashSet<string>(StringComparer.Ordinal);
        var path = Path.Combine(directory, ArticlesFile);
        foreach (var (article, line, offset) in JsonLines.ReadLines<Article>(path))
        {
            if (!articles.Add(article.Id))
            {
                throw new BadInputException(path, $"article '{article.Id}' comes twice", offset, line: line);
            }
        }

        var questions = new List<ProvenanceQuestion>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        path = Path.Combine(directory, QuestionsFile);
        foreach (var (question, line, offset) in JsonLines.ReadLines<ProvenanceQuestion>(path))
        {
            BadInputException Bad(string what) => new(path, what, offset, line: line);
            if (!ids.Add(question.Id))
            {
                throw Bad($"question '{question.Id}' comes twice");
            }

            if (question.Articles.Count == 0)
            {
                throw Bad($"question '{question.Id}' names no article that answers it");
            }

            if (question.Articles.Concat(question.Decoys).FirstOrDefault(id => !articles.Contains(id)) is { } unknown)
            {
                throw Bad($"question '{question.Id}' names article '{unknown}', which isn't in {ArticlesFile}");
            }

            if (question.Articles.Intersect(question.Decoys).FirstOrDefault() is { } both)
            {
                throw Bad($"question '{question.Id}' names article '{both}' as right and as a decoy");
            }

            questions.Add(question);
        }

        return questions.Count > 0 ? new ProvenanceSet(directory, questions) : throw new BadInputException(path, "holds no question");
    }

    private sealed record Article(string Id);
}

/// <summary>A question with the articles that taught its answer.</summary>
/// <param name="Id">The query's id.</param>
/// <param name="Articles">Ids of the documents that state the fact, at least one.</param>
public sealed record ProvenanceQuestion(string Id, IReadOnlyList<string> Articles)
{
    /// <summary>How the question is worded (<c>plain</c>, <c>story</c>, …); results are told by it. Default: all are alike.</summary>
    public string Label { get; init; } = "";

    /// <summary>Ids of anti-documents: the same topic, another answer.</summary>
    public IReadOnlyList<string> Decoys { get; init; } = [];

    /// <summary>What is asked for; questions of one fact are drawn together where intervals are made. Default: the first article's id.</summary>
    public string? Fact { get; init; }

    internal string Drawn => Fact ?? Articles[0];
}
