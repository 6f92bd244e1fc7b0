using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Reports;

namespace Tda.Browser.Tests.Support;

/// <summary>
/// Finished runs over the corpus, as the scoring stage leaves them: a word of a document that the answer holds too speaks for it, the more
/// the rarer it is; the others speak against it a little.
/// </summary>
internal static class DeskRun
{
    private const int Ranked = 50;
    private const int WithTokens = 10;

    /// <summary>Writes a run of the logged answers with scores, rankings, tokens, a mask and a report.</summary>
    /// <param name="home">Where.</param>
    /// <param name="id">The run.</param>
    /// <param name="exchanges">The answers that it explains.</param>
    /// <param name="corpusHash">The corpus that it scored.</param>
    /// <param name="against">How strongly a word that the answer doesn't hold speaks against it: what makes two runs differ.</param>
    /// <param name="time">The clock.</param>
    public static void Write(TdaHome home, string id, IReadOnlyList<Exchange> exchanges, string corpusHash, double against, TimeProvider time)
    {
        var documents = DeskCorpus.Documents.Select(document => (Document: document, Words: DeskCorpus.Words(document.Text))).ToArray();
        var seen = documents.SelectMany(entry => entry.Words.Select(word => Word(entry.Document.Text, word)).Distinct()).CountBy(word => word).ToDictionary();
        ExplainedQuery[] queries =
        [
            .. exchanges.Select(exchange => new ExplainedQuery(exchange.Id, exchange.Prompt!, exchange.Response!)
            {
                Messages = exchange.Messages, Fidelity = new AnswerFidelity(exchange.Response!.Length / 5, 2.4, 4.1, 7.2, .4),
            }),
        ];
        using (var run = ScoreRunWriter.Create(
            home.RunDirectory(id), new ScoreHeader("ekfac", .1, documents.Length), queries,
            [.. documents.Select(entry => new ScoreRow(entry.Document.Id, entry.Document.Source, 1, entry.Words.Length + 2))], time))
        {
            run.Manifest.Command = $"tda attribute --exchanges all --tokens --run {id}";
            run.Manifest.Inputs["corpus:" + DeskCorpus.Name] = corpusHash;
            List<DocumentScore> top = [];
            List<TokenScore> tokens = [];
            Dictionary<string, DocumentMask> masks = [];
            foreach (var query in queries)
            {
                var said = DeskCorpus.Words(query.Completion).Select(word => Word(query.Completion, word)).ToHashSet();
                double[][] words = [.. documents.Select(entry => entry.Words.Select(span => Score(Word(entry.Document.Text, span))).ToArray())];
                float[] scores = [.. words.Select(each => (float)(each.Sum() / Math.Sqrt(each.Length)))];
                run.Append(scores);
                var positive = scores.Sum(score => Math.Max(0, score)) is > 0 and var sum ? sum : 1;
                foreach (var (place, at) in Enumerable.Range(0, documents.Length).OrderByDescending(at => scores[at]).Take(Ranked).Index())
                {
                    var (document, spans) = documents[at];
                    top.Add(new(document.Id, document.Source, scores[at], Math.Max(0, scores[at]) / positive, place + 1) { Query = query.Id, Name = DocumentName.Of(document) });
                    if (place < WithTokens)
                    {
                        tokens.AddRange(spans.Select((span, i) => new TokenScore(document.Id, i + 1, span.Start, span.End, words[at][i]) { Query = query.Id }));
                        masks[document.Id] = TokenMask.Of(document, spans, Enumerable.Range(1, spans.Length).OrderByDescending(label => words[at][label - 1]).Take(3));
                    }
                }

                double Score(string word) => said.Contains(word) ? Math.Log((double)documents.Length / seen[word]) : -against;
            }

            run.WriteTop(top);
            run.WriteTokens(tokens);
            TokenMask.Write(run.PathOf(CurationFiles.Mask), masks.Values.OrderBy(mask => mask.Id, StringComparer.Ordinal));
            run.Commit();
        }

        ReportWriter.Run(new() { RunDirectory = home.RunDirectory(id), CorpusDirectory = home.CorpusDirectory(DeskCorpus.Name) }, time);
    }

    private static string Word(string text, TokenSpan span) => text[span.Start..span.End].Trim().Trim('.', ',', ';', '"', '(', ')').ToLowerInvariant();
}
