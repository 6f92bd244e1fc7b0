using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Plans;

/// <summary>A small corpus, stages that decide by a table, and a count of how often each was asked.</summary>
internal sealed class PlanSandbox : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RecordedMessages _messages = new();

    public PlanSandbox(IEnumerable<Document>? documents = null)
    {
        Documents = [.. documents ?? Enumerable.Range(0, 12).Select(i => new Document($"d{i:00}", i % 3 == 0 ? "mail" : "web", string.Join(' ', Enumerable.Repeat("word", i + 1))))];
        using var writer = CorpusWriter.Create(Source, Time);
        foreach (var document in Documents)
        {
            writer.Add(document);
        }

        writer.Commit();
    }

    public FakeTimeProvider Time { get; } = new();

    public IReadOnlyList<Document> Documents { get; }

    public string Source => _directory["corpora/web"];

    public string Corpora => Path.GetDirectoryName(Source)!;

    public IReadOnlyList<string> Messages => _messages.Lines;

    public string this[string name] => _directory[name];

    public static PlanFile Plan(params TableStage[] stages) => new("curation.yaml", [.. stages.Select((stage, i) => new PlannedStage(stage.Kind, stage, i + 2))])
    {
        Text = "the plan's text",
        File = null,
    };

    public CurateOptions Options(PlanFile plan, string output, params ReviewerOverride[] overrides)
    {
        var path = overrides.Length == 0 ? null : _directory["overrides.jsonl"];
        if (path is not null)
        {
            JsonLines.Write(path, overrides);
        }

        return new CurateOptions { CorpusDirectory = Source, OutputDirectory = output.Length == 0 ? null : Path.Combine(Corpora, output), Plan = plan, OverridesPath = path };
    }

    public CurateResult Run(PlanFile plan, string output, params ReviewerOverride[] overrides) => Run(Options(plan, output, overrides));

    public CurateResult Run(CurateOptions options) => CorpusCurator.Run(options, Time, _messages, TestContext.Current.CancellationToken);

    public StagedCuration Decide(PlanFile plan, params ReviewerOverride[] overrides) => Decide(Options(plan, "", overrides));

    public StagedCuration Decide(CurateOptions options) => CorpusCurator.Decide(options, Time, _messages, TestContext.Current.CancellationToken);

    /// <summary>What is kept of unfinished curations.</summary>
    public string[] Kept() => [.. Directory.EnumerateFiles(Corpora, "*.jsonl", SearchOption.AllDirectories).Where(file => file.Contains(".part", StringComparison.Ordinal)).Order()];

    public string[] Hashes(string output) => [.. Directory.EnumerateFiles(Path.Combine(Corpora, output)).Order().Select(file => $"{Path.GetFileName(file)} {Hashing.Sha256File(file)}")];

    public void Dispose() => _directory.Dispose();

    private sealed class RecordedMessages : IProgressSink
    {
        public List<string> Lines { get; } = [];

        public IProgressTask Start(string name, double total, string unit) => NullProgress.Instance;

        public void Message(string line) => Lines.Add(line);
    }
}

/// <summary>A stage that decides on each document by a function of it alone.</summary>
internal sealed class TableStage(string kind, Func<Document, Decision?> judge, string rule = "by a table") : ICurationStage
{
    public string Kind => kind;

    public string Rule => rule;

    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>();

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    /// <summary>Ids of the documents that it saw, when it was last asked.</summary>
    public List<string> Seen { get; } = [];

    /// <summary>Document at which it breaks; null: at none.</summary>
    public string? BreaksAt { get; init; }

    public static TableStage Drops(string kind, params string[] ids) =>
        new(kind, document => ids.Contains(document.Id) ? new Decision(document.Id, CurationAction.Drop, $"{kind} rule") { Reason = "listed", Value = 1, Threshold = .5 } : null);

    public static TableStage Masks(string kind, int[][] spans, params string[] ids) => new(kind, document => ids.Contains(document.Id)
        ? new Decision(document.Id, CurationAction.Mask, $"{kind} rule") { Mask = new DocumentMask(document.Id, [.. spans.Select(span => span[0] + 1)], spans) }
        : null);

    public static TableStage Weighs(string kind, double weight, params string[] ids) =>
        new(kind, document => ids.Contains(document.Id) ? new Decision(document.Id, CurationAction.Weight, $"{kind} rule") { Weight = weight } : null);

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        Asked++;
        Seen.Clear();
        foreach (var document in documents.Pass(context, kind))
        {
            if (document.Id == BreaksAt)
            {
                throw new IOException("No space left on device");
            }

            Seen.Add(document.Id);
            if (judge(document) is { } decision)
            {
                yield return decision;
            }
        }
    }
}
