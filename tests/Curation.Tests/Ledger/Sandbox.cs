using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Ledger;

/// <summary>A corpus of ten documents in a temporary directory.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly TempDirectory _directory = new();

    public Sandbox()
    {
        using var writer = CorpusWriter.Create(Source, Time);
        foreach (var document in Documents)
        {
            writer.Add(document);
        }

        Corpus = writer.Commit();
    }

    public FakeTimeProvider Time { get; } = new();

    public IReadOnlyList<Document> Documents { get; } =
        [.. Enumerable.Range(0, 10).Select(i => new Document($"d{i}", i < 4 ? "spam" : "ham", $"text of document {i}: some words to mask") { License = "public domain" })];

    public Corpus Corpus { get; }

    public string Source => _directory["mail"];

    public string Output => _directory["clean"];

    public string this[string name] => _directory[name];

    public static Decision Drop(string id, double score = 5) => new(id, CurationAction.Drop, "drop: top 2 documents") { Value = score, Threshold = 4.5 };

    public static Decision Mask(string id, int[]? tokens = null) =>
        new(id, CurationAction.Mask, "mask: IF-Guide") { Value = 2, Threshold = 1.5, Mask = new DocumentMask(id, tokens ?? [1, 2], [[0, 7]]) };

    public static Decision Weight(string id, double weight) => new(id, CurationAction.Weight, "weight: exponential") { Value = 2.5, Threshold = 3, Weight = weight };

    public CurateResult Run(IEnumerable<Decision> decisions, params ReviewerOverride[] overrides)
    {
        var path = overrides.Length == 0 ? null : _directory["overrides.jsonl"];
        if (path is not null)
        {
            JsonLines.Write(path, overrides);
        }

        return CorpusCurator.Run(
            new CurateOptions { CorpusDirectory = Source, OutputDirectory = Output, Plan = PlanFile.Of(decisions, "the test's plan"), OverridesPath = path, Command = "tda curate" },
            Time,
            NullProgress.Instance,
            CancellationToken.None);
    }

    public string[] SourceFiles() => [.. Directory.EnumerateFiles(Source).Order().Select(f => $"{Path.GetFileName(f)} {Core.Artifacts.Hashing.Sha256File(f)}")];

    public void Dispose() => _directory.Dispose();
}
