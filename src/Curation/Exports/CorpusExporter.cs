using System.Text.Json.Nodes;

namespace Tda.Curation.Exports;

/// <summary>
/// Writes a corpus, its mask applied, in a shape that training scripts and fine-tuning APIs take:
/// <list type="number">
/// <item>Open the corpus and what is to be done with each document; refuse what the format can't hold.</item>
/// <item>Write the documents in turn; count what is left out, by reason.</item>
/// <item>Refuse masks and weights of documents that the corpus doesn't have: they belong to another corpus.</item>
/// <item>Commit data and manifest at once.</item>
/// </list>
/// The corpus is only read. Memory grows with the mask, not with the documents' texts.
/// </summary>
public static class CorpusExporter
{
    internal const string FormatName = "tda.export";
    internal const int Version = 1;

    /// <exception cref="UsageException">Options that don't go together, or something stands at the place already.</exception>
    /// <exception cref="BadInputException">A file is damaged, or the mask doesn't fit the corpus.</exception>
    /// <exception cref="TdaException">The place can't be written or is full; nothing is left there.</exception>
    public static async Task<CorpusExportReport> RunAsync(
        CorpusExportOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. Inputs.
        options.Validate();
        var corpus = Corpus.Open(options.CorpusDirectory);
        var treatment = options.Ledger ? Treatment.None(corpus) : Treatment.Open(corpus, options);
        ExportTarget.RequireFree(options);
        try
        {
            using var target = ExportTarget.Create(options, time);

            // 2. Documents, or the ledger alone.
            var tally = new ExportTally();
            if (options.Ledger)
            {
                return await ExportLedgerAsync(options, corpus, target, tally, cancellation);
            }

            var format = Open(options, treatment, target.Stream, tally);
            using (var task = progress.Start($"Exporting {corpus.Name}", corpus.Count, "documents"))
            {
                foreach (var document in corpus.Documents())
                {
                    cancellation.ThrowIfCancellationRequested();
                    await format.WriteAsync(treatment.Of(document, tally), cancellation);
                    task.Report(++tally.Documents);
                }

                await format.FinishAsync();
            }

            // 3. What was meant for documents that are not here.
            treatment.RefuseUnmet();
            if (options.As == CorpusExportFormat.Hf && HasLedger(corpus))
            {
                await target.AddAsync(
                    LedgerExport.FileName,
                    async stream => tally.LedgerRows = await LedgerExport.WriteAsync(corpus, stream, CorpusExportFormat.Parquet, cancellation));
            }

            // 4. All at once.
            if (tally.Rows == 0)
            {
                throw new BadInputException(corpus.Directory, $"there is nothing to export: {tally.Reasons}");
            }

            var report = tally.Report(options, corpus, treatment.Run);
            Describe(target.Manifest, options, corpus, treatment.Inputs, report);
            target.Commit(() => DatasetCard.Text(corpus, options, treatment, tally));
            return report;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failure(options.OutputPath, error);
        }
    }

    private static async Task<CorpusExportReport> ExportLedgerAsync(
        CorpusExportOptions options, Corpus corpus, ExportTarget target, ExportTally tally, CancellationToken cancellation)
    {
        if (!HasLedger(corpus))
        {
            throw new BadInputException(corpus.Directory, "the corpus has no ledger: it wasn't curated", remedy: "Name a curated corpus (tda curate).");
        }

        tally.Rows = await LedgerExport.WriteAsync(corpus, target.Stream, options.As, cancellation);
        tally.LedgerRows = tally.Rows;
        var report = tally.Report(options, corpus, run: null);
        Describe(target.Manifest, options, corpus, [], report);
        target.Commit(() => throw new InvalidOperationException("a file has no card"));
        return report;
    }

    private static bool HasLedger(Corpus corpus) => corpus.Ledger().Any();

    private static IExportFormat Open(CorpusExportOptions options, Treatment treatment, Stream stream, ExportTally tally)
    {
        var rows = new ExportRows(options, treatment, tally);
        return options.As switch
        {
            CorpusExportFormat.Jsonl => new JsonLinesExport(stream, rows),
            CorpusExportFormat.Parquet or CorpusExportFormat.Hf => new ParquetExport(stream, rows),
            CorpusExportFormat.OpenaiChat => new ChatExport(stream, options, tally),
            CorpusExportFormat.Text => new TextExport(stream, options, tally),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.As, "unknown format"),
        };
    }

    private static void Describe(
        Manifest manifest, CorpusExportOptions options, Corpus corpus, SortedDictionary<string, string> inputs, CorpusExportReport report)
    {
        manifest.Command = "tda corpus export";
        var marker = options.Mask == CorpusExportMask.Redact ? options.Marker : null;
        var said = new { options.As, options.Mask, options.Context, Marker = marker, options.Instruction, options.Ledger, options.Replace };
        manifest.Options = (JsonObject)JsonSerializer.SerializeToNode(said, JsonDefaults.Options)!;
        manifest.Inputs[$"corpora/{corpus.Name}"] = corpus.ContentHash;
        foreach ((var name, var hash) in inputs)
        {
            manifest.Inputs[name] = hash;
        }

        manifest.Details = (JsonObject)JsonSerializer.SerializeToNode(report, JsonDefaults.Options)!;
    }
}

/// <summary>The shape of an export.</summary>
public enum CorpusExportFormat
{
    /// <summary>JSON Lines, a document a line, which <c>tda corpus import</c> reads too; compressed where the path ends in .gz or .zst.</summary>
    Jsonl,

    /// <summary>One Apache Parquet file.</summary>
    Parquet,

    /// <summary>A folder that Hugging Face's <c>datasets.load_dataset</c> reads: a Parquet file, the ledger as another, and a card.</summary>
    Hf,

    /// <summary>OpenAI's fine-tuning shape: JSON Lines of <c>messages</c>.</summary>
    OpenaiChat,

    /// <summary>One text, each document followed by a line that ends it.</summary>
    Text,
}

/// <summary>What becomes of the masked characters.</summary>
public enum CorpusExportMask
{
    /// <summary>Nothing: the texts are whole, and the mask is left behind.</summary>
    None,

    /// <summary>They are removed.</summary>
    Cut,

    /// <summary>A marker stands for each masked span.</summary>
    Redact,

    /// <summary>The texts are whole; each row says which characters and which documents count how much.</summary>
    Weights,

    /// <summary>Token ids in place of the texts, with labels that carry no loss where they are masked.</summary>
    Ids,
}

/// <summary>What to export and how.</summary>
public sealed record CorpusExportOptions
{
    /// <summary>Stands for each masked span under <see cref="CorpusExportMask.Redact"/>, unless another marker is given.</summary>
    public const string DefaultMarker = "[redacted]";

    /// <summary>Directory of the corpus.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>The file to write, or the folder of <see cref="CorpusExportFormat.Hf"/>.</summary>
    public required string OutputPath { get; init; }

    public required CorpusExportFormat As { get; init; }

    /// <summary>What becomes of the masked characters; null is only allowed for a corpus without mask and weights.</summary>
    public CorpusExportMask? Mask { get; init; }

    /// <summary>The run whose mask is applied to a corpus that has none; null: the corpus's own.</summary>
    public string? RunDirectory { get; init; }

    /// <summary>Whose ids <see cref="CorpusExportMask.Ids"/> gives.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Ids only: the most tokens of a row, BOS included, at least 2; a longer document is split. Null: a row a document.</summary>
    public int? Context { get; init; }

    /// <summary>Stands for each masked span under <see cref="CorpusExportMask.Redact"/>.</summary>
    public string Marker { get; init; } = DefaultMarker;

    /// <summary>Chat only: the user's message before a document that names no prompt.</summary>
    public string? Instruction { get; init; }

    /// <summary>Whether the ledger of a curated corpus is exported in the documents' place.</summary>
    public bool Ledger { get; init; }

    /// <summary>Whether an export that stands at the place may be replaced.</summary>
    public bool Replace { get; init; }

    /// <exception cref="UsageException">Names every pair of options that don't go together, at once.</exception>
    public void Validate() => new OptionChecks()
        .Require(
            !Ledger || (As is CorpusExportFormat.Jsonl or CorpusExportFormat.Parquet && Mask is null && RunDirectory is null),
            $"--ledger is for --as jsonl or parquet, without --mask and --run; a folder of hf has it anyway")
        .Require(Mask != CorpusExportMask.Ids || Tokenizer is not null, $"--mask ids needs a tokenizer (--tokenizer)")
        .Require(Mask == CorpusExportMask.Ids || Tokenizer is null, $"--tokenizer is for --mask ids")
        .Require(Mask == CorpusExportMask.Ids || Context is null, $"--context is for --mask ids")
        .AtLeast("--context", Context, 2)
        .Require(Marker == DefaultMarker || Mask == CorpusExportMask.Redact, $"--marker is for --mask redact")
        .Require(Instruction is null || As == CorpusExportFormat.OpenaiChat, $"--instruction is for --as openai-chat")
        .Require(Instruction is null || !string.IsNullOrWhiteSpace(Instruction), $"--instruction is empty")
        .Require(
            As is not (CorpusExportFormat.OpenaiChat or CorpusExportFormat.Text)
                || Mask is not (CorpusExportMask.Weights or CorpusExportMask.Ids),
            $"this format holds texts only: take --mask cut or redact, or --as jsonl, parquet or hf")
        .Require(
            As is not CorpusExportFormat.Parquet || Path.GetExtension(OutputPath).ToLowerInvariant() is not (".gz" or ".zst"),
            $"Parquet is compressed inside: give it a name without .gz or .zst")
        .Throw("The export's");
}
