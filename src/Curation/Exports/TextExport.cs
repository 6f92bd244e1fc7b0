namespace Tda.Curation.Exports;

/// <summary>One UTF-8 text: each document, a line break, and a line that says where it ends.</summary>
internal sealed class TextExport(Stream stream, CorpusExportOptions options, ExportTally tally) : IExportFormat
{
    /// <summary>What most trainers of language models split plain text at.</summary>
    public const string EndOfDocument = "<|endoftext|>";

    private static readonly byte[] End = Encoding.UTF8.GetBytes($"\n{EndOfDocument}\n");
    private int _weighed;

    public ValueTask WriteAsync(TreatedDocument document, CancellationToken cancellation)
    {
        var text = document.Text(options);
        if (string.IsNullOrWhiteSpace(text))
        {
            tally.LeaveOut("document of which the mask leaves nothing", document.Document.Id);
        }
        else if (text.Contains(EndOfDocument, StringComparison.Ordinal))
        {
            // Written, it would be two documents.
            tally.LeaveOut($"document that holds {EndOfDocument} itself", document.Document.Id);
        }
        else if (document.Weight == 0)
        {
            tally.LeaveOut("document of weight 0", document.Document.Id);
        }
        else
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Write(End);
            tally.Rows++;
            _weighed += document.Weight == 1 ? 0 : 1;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask FinishAsync()
    {
        if (_weighed > 0)
        {
            tally.Note(WeightsLost(_weighed, "text"));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Says that weights other than 0 and 1 don't go along.</summary>
    internal static string WeightsLost(int documents, string format) => documents == 1
        ? $"{format} can't hold weights: one document counts 1 here instead of its weight."
        : $"{format} can't hold weights: {documents:N0} documents count 1 here instead of their weights.";
}
