using System.Text.Json.Nodes;
using Tda.Core.Masks;

namespace Tda.Curation.Exports;

/// <summary>
/// Makes the rows of the formats that have columns. Characters are counted as Python and Hugging Face's tokenizers count them, in Unicode
/// code points, not in UTF-16 units as inside Tda.
/// </summary>
internal sealed class ExportRows(CorpusExportOptions options, Treatment treatment, ExportTally tally)
{
    /// <summary>The label of a token without loss, as PyTorch's cross-entropy and all of transformers' collators have it.</summary>
    public const int NoLoss = -100;

    public CorpusExportMask Mask => options.Mask ?? CorpusExportMask.None;

    /// <summary>Whether rows have a weight: of every document, so that all rows have the same columns.</summary>
    public bool HasWeights => Mask == CorpusExportMask.Weights || (Mask != CorpusExportMask.None && treatment.HasWeights);

    /// <summary>The rows of a document; none when nothing of it is left, which is counted.</summary>
    public IEnumerable<ExportRow> Of(TreatedDocument treated)
    {
        foreach (var row in Mask == CorpusExportMask.Ids ? Ids(treated) : Texts(treated))
        {
            tally.Rows++;
            yield return HasWeights ? row with { Weight = treated.Weight } : row;
        }
    }

    private IEnumerable<ExportRow> Texts(TreatedDocument treated)
    {
        var document = treated.Document;
        var text = treated.Text(options);
        if (string.IsNullOrWhiteSpace(text))
        {
            tally.LeaveOut("document of which the mask leaves nothing", document.Id);
            yield break;
        }

        var (starts, ends) = Mask == CorpusExportMask.Weights ? Points(treated) : (null, null);
        yield return new ExportRow(document.Id, document.Source)
        {
            Text = text,
            MaskedStarts = starts,
            MaskedEnds = ends,
            License = document.License,
            Owner = document.Owner,
            Meta = document.Meta,
        };
    }

    /// <summary>BOS + tokens + EOS, or the rows that training splits them into; a label a token.</summary>
    private IEnumerable<ExportRow> Ids(TreatedDocument treated)
    {
        var (document, tokenizer) = (treated.Document, options.Tokenizer!);
        int[] tokens = [tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId];
        int[] labels = [.. tokens];
        labels[0] = NoLoss;
        foreach (var label in treated.Mask is { } mask ? TokenMask.Align(mask, tokenizer, document) : [])
        {
            labels[label] = NoLoss;
        }

        foreach (var row in RowSplitter.Split(0, tokens.Length, options.Context ?? tokens.Length))
        {
            int[] rowLabels = [NoLoss, .. labels[row.Start..row.End]];
            if (rowLabels.All(label => label == NoLoss))
            {
                // The mean loss over no label is no number, and one such row would spoil a run.
                tally.LeaveOut("row of which every label is masked", document.Id);
                continue;
            }

            tally.Tokens += rowLabels.Length;
            tally.LabelTokens += rowLabels.Count(label => label != NoLoss);
            yield return new ExportRow(document.Id, document.Source)
            {
                Start = row.Start,
                InputIds = [tokens[0], .. tokens[row.Start..row.End]],
                Labels = rowLabels,
            };
        }
    }

    /// <summary>The masked spans in code points.</summary>
    private static (int[]? Starts, int[]? Ends) Points(TreatedDocument treated)
    {
        var text = treated.Document.Text;
        int[][] spans = [.. treated.Spans];
        var (at, points) = (0, 0);
        int[][] counted = [.. spans.Select(span => (int[])[PointsUpTo(span[0]), PointsUpTo(span[1])])];
        return ([.. counted.Select(span => span[0])], [.. counted.Select(span => span[1])]);

        // Each offset is at or behind the one before it.
        int PointsUpTo(int offset)
        {
            for (; at < offset; at++)
            {
                points += char.IsLowSurrogate(text[at]) ? 0 : 1;
            }

            return points;
        }
    }
}

/// <summary>A row of an export: a document, or with ids a part of one.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Document's source.</param>
internal sealed record ExportRow(string Id, string Source)
{
    public string? Text { get; init; }

    public string? License { get; init; }

    public string? Owner { get; init; }

    public JsonObject? Meta { get; init; }

    /// <summary>Factor of the loss.</summary>
    public double? Weight { get; init; }

    /// <summary>First characters of the masked spans, whose loss counts 0 times; ascending, in code points.</summary>
    public int[]? MaskedStarts { get; init; }

    /// <summary>One past the last characters of the masked spans.</summary>
    public int[]? MaskedEnds { get; init; }

    /// <summary>Label-token index of the row's first label in its document: 1 in a document's first row.</summary>
    public int? Start { get; init; }

    /// <summary>BOS, then the row's tokens.</summary>
    public int[]? InputIds { get; init; }

    /// <summary>As many as <see cref="InputIds"/>: the token itself where it carries loss, else <see cref="ExportRows.NoLoss"/>.</summary>
    public int[]? Labels { get; init; }
}
