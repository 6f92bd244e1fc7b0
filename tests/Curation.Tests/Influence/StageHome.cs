using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Influence;

/// <summary>A home with a run over four documents and two targets, and plans of one stage over it.</summary>
internal sealed class StageHome : IDisposable
{
    private readonly TempDirectory _directory = new();

    public StageHome(float[][]? scores = null, string[]? targets = null)
    {
        Home = new TdaHome(_directory.Path);
        scores ??= [[4, 1, -2, -3], [0, 3, -4, 1]];
        targets ??= ["t1", "t2"];
        ScoreRow[] rows = [new("a", "s", 1, 11), new("b", "s", 1, 6), new("c", "t", 1, 4), new("d", "t", 1, 3)];
        using var run = ScoreRunWriter.Create(
            Home.RunDirectory("r"), new ScoreHeader("ekfac", .1, 4), [.. targets.Select(id => new ExplainedQuery(id, "p", "c"))], rows, Time);
        foreach (var row in scores)
        {
            run.Append(row);
        }

        run.Commit();
    }

    public TdaHome Home { get; }

    public FakeTimeProvider Time { get; } = new();

    public string RunDirectory => Home.RunDirectory("r");

    public static Document[] Documents { get; } = [new("a", "s", "one two"), new("b", "s", "three"), new("c", "t", "four"), new("d", "t", "five")];

    public string Write(string name, string text)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public ICurationStage Stage(string options) => PlanFile.Read(Write("curation.yaml", $"stages:\n  - {options}\n"), new StageServices { Home = Home }).Stages[0].Stage;

    public IReadOnlyList<Decision> Decide(string options, IReadOnlyCollection<Document>? documents = null) => Decide(Stage(options), documents ?? Documents);

    public static IReadOnlyList<Decision> Decide(ICurationStage stage, IReadOnlyCollection<Document> documents) =>
        [.. stage.Decide(StageDocuments.Of(documents), new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken))];

    public void Dispose() => _directory.Dispose();
}
