using Tda.Curation.Exports;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.Cli.Verbs.Corpora;

/// <summary>`tda corpus export`: a corpus out, its mask applied, for training scripts and fine-tuning APIs.</summary>
internal static class CorpusExportVerb
{
    private static readonly Argument<string> Which = new("C") { Description = "The corpus's name" };
    private static readonly Option<CorpusExportFormat?> As = EnumOption.Of<CorpusExportFormat>("--as", "Format", null);
    private static readonly Option<string> Out = CliOption.Required("--out", "PATH",
        "File to write (compressed if it ends in .gz or .zst), or folder with hf");
    private static readonly Option<CorpusExportMask?> Mask = EnumOption.Of<CorpusExportMask>("--mask",
        "What becomes of masked tokens; needed where the corpus has a mask", null);
    private static readonly Option<string?> Run = CliOption.Text("--run", "ID", "Run whose mask is applied (else the corpus's own)");
    private static readonly Option<string?> Tokenizer = CliOption.Text("--tokenizer", "S",
        "--mask ids: a surrogate, or a tokenizer.json (byte-level BPE)");
    private static readonly Option<int?> Context = CliOption.Optional<int?>("--context", "N",
        "--mask ids: split documents into rows of at most N tokens (else a row a document)");
    private static readonly Option<string> Marker = CliOption.Default("--marker", "TEXT",
        "--mask redact: stands for each masked span", CorpusExportOptions.DefaultMarker);
    private static readonly Option<string?> Instruction = CliOption.Text("--instruction", "TEXT",
        "openai_chat: the user's message before documents that name no prompt");
    private static readonly Option<bool> Ledger = CliOption.Flag("--ledger",
        "jsonl, parquet: what the curation did to which document and why, in the documents' place");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace an export that is there");

    public static Command Build()
    {
        As.Required = true;
        return CommandExtensions.Verb("export",
            "Writes a corpus, its token mask applied, as files that training scripts and fine-tuning APIs take.",
            "tda corpus export mail-2 --as jsonl --mask cut --out mail-2.jsonl",
            Which, As, Out, Mask, Run, Tokenizer, Context, Marker, Instruction, Ledger, Replace).Runs(ExportAsync);
    }

    private static async Task<int> ExportAsync(VerbContext context)
    {
        var path = context.Get(Out);
        var report = await CorpusExporter.RunAsync(
            new CorpusExportOptions
            {
                CorpusDirectory = context.Home.CorpusDirectory(context.Get(Which)),
                OutputPath = Path.TrimEndingDirectorySeparator(path),
                As = context.Get(As)!.Value,
                Mask = context.Get(Mask),
                RunDirectory = context.Get(Run) is { } run ? context.Home.RunDirectory(run) : null,
                Tokenizer = context.Get(Tokenizer) is { } tokenizer ? Open(context, tokenizer) : null,
                Context = context.Get(Context),
                Marker = context.Get(Marker),
                Instruction = context.Get(Instruction),
                Ledger = context.Get(Ledger),
                Replace = context.Get(Replace),
            },
            TimeProvider.System, context.Progress, context.Cancel);
        return context.Done(report, console => Print(console, path, report));
    }

    /// <summary>A path is a tokenizer.json; anything else names a surrogate.</summary>
    private static ModelTokenizer Open(VerbContext context, string tokenizer) =>
        tokenizer.EndsWith(".json", StringComparison.Ordinal) || tokenizer.Contains('/', StringComparison.Ordinal)
            ? ModelTokenizer.Load(tokenizer)
            : Surrogate.Open(context.Home.SurrogateDirectory(tokenizer)).Tokenizer;

    private static void Print(IAnsiConsole console, string path, CorpusExportReport report)
    {
        if (report.Documents == 0)
        {
            console.WriteLine($"{path}: {report.LedgerRows:N0} rows of the ledger");
            return;
        }

        console.WriteLine($"{path}: {report.Rows:N0} rows of {report.Documents:N0} documents");
        if (report.MaskedDocuments > 0)
        {
            var done = report.Mask switch
            {
                CorpusExportMask.Cut => "cut out",
                CorpusExportMask.Redact => "redacted",
                CorpusExportMask.None => "left as they were, as --mask none asks",
                CorpusExportMask.Weights => "named by their places",
                _ => "left without loss in the labels",
            };
            console.WriteLine($"  {report.MaskedCharacters:N0} masked characters of {report.MaskedDocuments:N0} documents {done}");
        }

        if (report.WeighedDocuments > 0)
        {
            var left = report.Mask == CorpusExportMask.None ? ", which is left behind, as --mask none asks" : "";
            console.WriteLine($"  {report.WeighedDocuments:N0} documents have a weight{left}");
        }

        if (report.Tokens is { } tokens)
        {
            console.WriteLine($"  {tokens:N0} tokens, {report.LabelTokens:N0} of them with loss");
        }

        foreach (var leftOut in report.LeftOut)
        {
            console.WriteLine($"  left out {leftOut.Count:N0} × {leftOut.Reason}, e.g. {leftOut.Examples[0]}");
        }

        foreach (var note in report.Notes)
        {
            console.WriteLine($"  note: {note}");
        }
    }
}
