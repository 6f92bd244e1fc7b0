using Tda.Core.Masks;
using Tda.Curation.Exports;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Exports;

/// <summary>A corpus, what was decided on it, and exports of the two.</summary>
internal sealed class CuratedSample : IDisposable
{
    private readonly TempDirectory _folder = new();

    public CuratedSample(params Document[] documents)
    {
        using var writer = CorpusWriter.Create(Plain, Time);
        foreach (var document in documents)
        {
            writer.Add(document);
        }

        writer.Commit();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The corpus as it was.</summary>
    public string Plain => _folder["plain"];

    /// <summary>The corpus that <see cref="Curate"/> makes.</summary>
    public string Curated => _folder["curated"];

    public string this[string name] => _folder[name];

    /// <summary>Documents of random words and odd characters, always the same for a seed.</summary>
    public static Document[] RandomDocuments(int count, int seed)
    {
        string[] words = ["river", "Käse", "😀", "e\u0301", "漢字", "a", " ", "\n", "<|endoftext", "the", "\"quoted\"", "\t"];
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new Document(
            $"d{i}",
            i % 3 == 0 ? "spam" : "ham",
            $"{i} " + string.Join(' ', Enumerable.Range(0, 1 + random.Next(30)).Select(_ => words[random.Next(words.Length)]))))];
    }

    /// <summary>Masks of some tokens of every document, as <paramref name="tokenizer"/> spans them; EOS of some.</summary>
    public static DocumentMask[] RandomMasks(IEnumerable<Document> documents, ITokenizer tokenizer, int seed)
    {
        var random = new Random(seed);
        return [.. documents.Select(document =>
        {
            var tokens = tokenizer.EncodeWithSpans(document.Text);
            int[] labels = [.. Enumerable.Range(1, tokens.Length + 1).Where(_ => random.Next(3) == 0)];
            return TokenMask.Of(document, tokens, labels.Length == 0 ? [1] : labels);
        })];
    }

    /// <summary>Makes the curated corpus.</summary>
    public void Curate(params Decision[] decisions) => CorpusCurator.Run(
        new CurateOptions { CorpusDirectory = Plain, OutputDirectory = Curated, Plan = PlanFile.Of(decisions, "the test's plan"), Replace = true },
        Time,
        NullProgress.Instance,
        CancellationToken.None);

    public static Decision Masked(string id, params int[][] spans) =>
        new(id, CurationAction.Mask, "mask") { Mask = new DocumentMask(id, [.. Enumerable.Range(1, spans.Length)], spans) };

    public static Decision Masked(DocumentMask mask) => new(mask.Id, CurationAction.Mask, "mask") { Mask = mask };

    public static Decision Weighed(string id, double weight) => new(id, CurationAction.Weight, "weight") { Weight = weight };

    public static Decision Dropped(string id) => new(id, CurationAction.Drop, "drop");

    /// <summary>Exports the curated corpus where there is one, else the plain one.</summary>
    public Task<CorpusExportReport> ExportAsync(
        string name, CorpusExportFormat format, CorpusExportMask? mask, Func<CorpusExportOptions, CorpusExportOptions>? change = null)
    {
        var options = new CorpusExportOptions
        {
            CorpusDirectory = Directory.Exists(Curated) ? Curated : Plain,
            OutputPath = _folder[name],
            As = format,
            Mask = mask,
        };
        return CorpusExporter.RunAsync(change?.Invoke(options) ?? options, Time, NullProgress.Instance, CancellationToken.None);
    }

    public JsonElement[] Lines(string name) => [.. File.ReadLines(_folder[name]).Select(line => JsonDocument.Parse(line).RootElement)];

    public void Dispose() => _folder.Dispose();
}
