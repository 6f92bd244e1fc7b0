using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// Leave-one-out of an n-gram language model, exactly: <c>score(m, q) = log p(q | all documents) − log p(q | all but m)</c>, in nats, summed over
/// the query's explained tokens, by <see cref="NgramModel"/>. Positive = proponent. What can be had from short-range word statistics alone, so
/// the floor that a method on gradients must beat. Of a document that isn't among those counted: what adding it would bring.
/// Two passes over the documents, of which neither holds any.
/// </summary>
/// <param name="setup">The documents that are counted.</param>
internal sealed class NgramInfluence(MethodSetup setup) : IStreamedInfluence, ITokenInfluence
{
    private readonly NgramOptions _options = setup.Options.Ngram;
    private readonly ModelTokenizer? _tokenizer = setup.Options.Ngram.Tokenizer is { } name ? PublicTokenizer.Open(name) : null;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "ngram",
        Family = MethodFamily.Lexical,
        Summary = "what n-gram counts without the document say of the answer, in closed form (--ngram-order)",
        Needs = MethodNeeds.Text,
        Tokens = true,
        Streaming = true,
        Nats = "nats: what the counts without the document take from the answer's log-probability under the n-gram model (n is 1)",
        UsesModel = false,
        Create = setup => new NgramInfluence(setup),
    };

    /// <inheritdoc/>
    public string Name => "ngram";

    /// <summary>1: a score is what the whole document's removal does, in nats, and no derivative to be divided by their number.</summary>
    public long N => 1;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        Stream(documents, queries, targets, normalisation, (document, own) =>
        {
            for (var t = 0; t < own.Length; t++)
            {
                scores[t, document] = own[t];
            }
        }, excluded, progress, cancellation);
        return scores;
    }

    /// <inheritdoc/>
    public void Stream(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation, StoreScorer.Visitor visit,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(Name, normalisation);
        var (ngrams, model) = Counted(queries, progress, cancellation);
        var own = new NgramCounts(ngrams);
        using var task = progress.Start("Scores", documents.RowCount, "rows");
        foreach (var document in Documents(documents, task, cancellation))
        {
            own.Clear();
            ngrams.Count(document.Tokens, own);
            var differences = model.Difference(own, IsCounted(documents, document.Ordinal));
            visit(document.Ordinal, [.. targets.Select(target => (float)target.Members.Select(q => differences[q]).DefaultIfEmpty().Average())]);
        }
    }

    /// <summary>
    /// Scores of every label token: what its occurrence as an n-gram's end has of the document's score (<see cref="NgramModel.Shares"/>), whatever
    /// the definition.
    /// </summary>
    /// <exception cref="UsageException">The n-grams are of another tokenizer than the surrogate's, whose tokens are asked for.</exception>
    public void ScoreTokens(
        IRowSource rows, IRowSource queries, IReadOnlyList<Target> targets, TokenDefinition definition, Action<RowTokenScores> visit,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        if (_tokenizer is not null)
        {
            throw new UsageException(
                $"Token scores are of the surrogate's tokens, and ngram counts those of {_options.Tokenizer}: leave out --tokens or --ngram-tokenizer.");
        }

        var (ngrams, model) = Counted(queries, progress, cancellation);
        var (own, hits) = (new NgramCounts(ngrams), new List<(int Place, int Context, int Event)>());
        using var task = progress.Start("Token scores", rows.RowCount, "rows");
        foreach (var document in Documents(rows, task, cancellation))
        {
            own.Clear();
            hits.Clear();
            ngrams.Count(document.Tokens, own, hits);
            var scores = targets.Select(target =>
            {
                var shares = model.Shares(own, IsCounted(rows, document.Ordinal), target.Members);
                var tokens = new double[document.Tokens.Length];
                foreach (var (place, context, found) in hits)
                {
                    tokens[place] += shares.Contexts[context] + (found < 0 ? 0 : shares.Events[found]);
                }

                return Array.ConvertAll(tokens, token => (float)token);
            }).ToArray();
            var at = 1;
            foreach (var row in document.Rows)
            {
                visit(new RowTokenScores(row, [.. scores.Select(tokens => tokens[at..(at + row.Positions)])]));
                at += row.Positions;
            }
        }
    }

    private (QueryNgrams Ngrams, NgramModel Model) Counted(IRowSource queries, IProgressSink progress, CancellationToken cancellation)
    {
        var ngrams = new QueryNgrams(Queries(queries), _options.Order);
        var model = new NgramModel(ngrams, _options.Strength);
        using var task = progress.Start("Counts", setup.Context.Documents.RowCount, "rows");
        foreach (var document in Documents(setup.Context.Documents, task, cancellation))
        {
            model.Add(document.Tokens);
        }

        return (ngrams, model);
    }

    private (int[] Tokens, int First)[] Queries(IRowSource queries)
    {
        // No context cuts what another tokenizer makes of a query.
        var rows = _tokenizer is null ? queries : new QueryEncoder(_tokenizer, int.MaxValue).Rows(setup.Context.QueryTexts!, NullProgress.Instance);
        var encoded = Enumerable.Repeat<(int[] Tokens, int First)>(([], 0), queries.DocumentCount).ToArray();
        foreach (var query in NgramDocument.Of(rows))
        {
            encoded[query.Ordinal] = (query.Tokens, query.Rows[0].FirstLossPosition + 1);
        }

        return encoded;
    }

    private IEnumerable<NgramDocument> Documents(IRowSource rows, IProgressTask task, CancellationToken cancellation)
    {
        var done = 0;
        foreach (var document in NgramDocument.Of(rows))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return _tokenizer is null ? document : document with
            {
                Tokens = [_tokenizer.BosId, .. _tokenizer.Encode(setup.Context.DocumentText!(document.Ordinal)), _tokenizer.EosId],
            };
            task.Report(done += document.Rows.Count);
        }
    }

    private bool IsCounted(IRowSource documents, int document) =>
        document < setup.Context.Documents.DocumentCount && setup.Context.Documents.IdOf(document) == documents.IdOf(document);
}

/// <summary>A document's rows and its tokens, which the context doesn't cut: BOS + tokens + EOS, or of a query BOS + prompt + completion.</summary>
internal sealed record NgramDocument(int Ordinal, IReadOnlyList<TokenRow> Rows, int[] Tokens)
{
    /// <summary>Documents that have rows, in order. A row begins with BOS where its context cut the document, which is left out.</summary>
    public static IEnumerable<NgramDocument> Of(IRowSource source)
    {
        List<TokenRow> rows = [];
        for (var r = 0; r < source.RowCount; r++)
        {
            rows.Add(source.Load(r));
            if (r + 1 == source.RowCount || source.DocumentOf(r + 1) != rows[0].Document)
            {
                yield return new NgramDocument(rows[0].Document, rows, [rows[0].Tokens[0], .. rows.SelectMany(row => row.Tokens[1..])]);
                rows = [];
            }
        }
    }
}

/// <summary>Options of <c>ngram</c>.</summary>
public sealed record NgramOptions
{
    /// <summary>n: tokens of the longest n-gram, 1 to 5. Default 2.</summary>
    public int Order { get; init; } = 2;

    /// <summary>
    /// μ: as many tokens after a context count as much as what the context one token shorter says. Above 0; default 1,000, which predicts
    /// retraining best where it was measured, far above what predicts texts best: a pair that only one document has says less of a model
    /// than counts make of it.
    /// </summary>
    public double Strength { get; init; } = 1000;

    /// <summary>A public tokenizer by its name, or the path of one, to count the tokens of; null (default): the surrogate's.</summary>
    public string? Tokenizer { get; init; }

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("the n-grams' order", Order, 1, 5)
        .Above("the n-grams' strength", Strength, 0).Errors;
}
