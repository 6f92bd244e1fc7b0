using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Filters;

/// <summary>Stages made as plans make them, and texts to judge.</summary>
internal static class Judging
{
    // Words that meet, lines that repeat, marks of several scripts, pieces that are no characters by themselves.
    private static readonly string[] Pieces =
    [
        "the ", "of ", "and ", "a ", "river ", "runs ", "down. ", "Down! ", "to ", "be ", "with ", "that ", "have ", "long-winded ", "# ", "... ", "…\n", "\n", "\n\n",
        "\r\n", "- item\n", "• item\n", "the same line of words.\n", "the same line of words.\n", "one more paragraph of it.\n\n", "{", "lorem ipsum ", "privacy policy ",
        "日本語の文章。", "Привет, мир! ", "\ud83d\ude00", "\ud83d", "\udc00", "e\u0301 ", "\u00a0", "\u2028", "\0", "x@example.org ", "4111 1111 1111 1111 ", "\t", "12 ", "\"",
    ];

    /// <summary>Texts of up to 300 pieces, the same ones every time.</summary>
    public static IReadOnlyList<string> Texts { get; } = Made();

    public static ICurationStage Stage(string yaml, string folder, StageServices? services = null)
    {
        var path = Path.Combine(folder, "curation.yaml");
        File.WriteAllText(path, $"stages: [{yaml}]");
        return PlanFile.Read(path, services ?? new StageServices()).Stages[0].Stage;
    }

    public static ICurationStage Stage(string yaml)
    {
        using var folder = new TempDirectory();
        return Stage(yaml, folder.Path);
    }

    public static List<Decision> Decide(ICurationStage stage, params IReadOnlyCollection<Document> documents) =>
        [.. stage.Decide(StageDocuments.Of(documents), new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken))];

    public static Decision? Judge(string yaml, string text) => Decide(Stage(yaml), new Document("d", "s", text)).SingleOrDefault();

    private static string[] Made()
    {
        var random = new Random(7);
        return ["", " ", "word", string.Concat(Enumerable.Repeat("Привет, мир! Это письмо. ", 9)), .. Enumerable.Range(1, 150).Select(i => string.Concat(Enumerable.Range(0, random.Next(2 * i)).Select(_ => Pieces[random.Next(Pieces.Length)])))];
    }
}
