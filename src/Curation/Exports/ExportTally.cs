using Tda.Curation.Formats;

namespace Tda.Curation.Exports;

/// <summary>What an export wrote. Also in its manifest, as <c>details</c>.</summary>
public sealed record CorpusExportReport
{
    /// <summary>The corpus's name.</summary>
    public required string Corpus { get; init; }

    /// <summary>The shape.</summary>
    public required CorpusExportFormat As { get; init; }

    /// <summary>What became of the masked characters.</summary>
    public required CorpusExportMask Mask { get; init; }

    /// <summary>The run that the mask or the weights come from; null where there are none, or none is named.</summary>
    public string? Run { get; init; }

    /// <summary>Documents read: those written and those left out.</summary>
    public required int Documents { get; init; }

    /// <summary>Rows written; a document is one, unless it was split.</summary>
    public required long Rows { get; init; }

    /// <summary>Documents of which something is masked, whatever became of it.</summary>
    public required int MaskedDocuments { get; init; }

    /// <summary>UTF-16 characters masked in them.</summary>
    public required long MaskedCharacters { get; init; }

    /// <summary>Documents whose weight isn't 1.</summary>
    public required int WeighedDocuments { get; init; }

    /// <summary>Ids only: tokens in all rows, BOS of each included.</summary>
    public long? Tokens { get; init; }

    /// <summary>Ids only: tokens that carry loss.</summary>
    public long? LabelTokens { get; init; }

    /// <summary>Ids only: the tokenizer's hash.</summary>
    public string? TokenizerHash { get; init; }

    /// <summary>Rows of the ledger that were written; null where none was.</summary>
    public long? LedgerRows { get; init; }

    /// <summary>What was not written, most frequent reason first.</summary>
    public required IReadOnlyList<SkippedDocuments> LeftOut { get; init; }

    /// <summary>What a user should know before using the export, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>Counts what an export writes and leaves out.</summary>
internal sealed class ExportTally
{
    private readonly SkipTally _leftOut = new();
    private readonly List<string> _notes = [];

    public int Documents { get; set; }

    public long Rows { get; set; }

    public long? LedgerRows { get; set; }

    public int MaskedDocuments { get; set; }

    public long MaskedCharacters { get; set; }

    public int WeighedDocuments { get; set; }

    public long Tokens { get; set; }

    public long LabelTokens { get; set; }

    /// <summary>Documents of each license; the empty name stands for none.</summary>
    public SortedDictionary<string, int> Licenses { get; } = new(StringComparer.Ordinal);

    public string Reasons => _leftOut.InWords();

    public void LeaveOut(string reason, string id) => _leftOut.Skip(reason, id);

    public void Note(string sentence) => _notes.Add(sentence);

    public CorpusExportReport Report(CorpusExportOptions options, Corpus corpus, string? run)
    {
        var ids = options.Mask == CorpusExportMask.Ids;
        return new CorpusExportReport
        {
            Corpus = corpus.Name,
            As = options.As,
            Mask = options.Mask ?? CorpusExportMask.None,
            Run = run,
            LedgerRows = LedgerRows,
            Documents = Documents,
            Rows = Rows,
            MaskedDocuments = MaskedDocuments,
            MaskedCharacters = MaskedCharacters,
            WeighedDocuments = WeighedDocuments,
            Tokens = ids ? Tokens : null,
            LabelTokens = ids ? LabelTokens : null,
            TokenizerHash = options.Tokenizer?.Hash,
            LeftOut = _leftOut.List(),
            Notes = [.. _notes],
        };
    }
}
