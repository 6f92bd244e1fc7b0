using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Index;

/// <summary>
/// Makes an index of a corpus under a surrogate:
/// <list type="number">
/// <item>Open surrogate and corpus; tokenise the corpus if its tokens aren't there.</item>
/// <item>Take up unfinished work of the same options, or start anew.</item>
/// <item>Fit EK-FAC factors, or project every row's gradient (LoGra).</item>
/// <item>Name the documents set apart; commit with counts and hashes.</item>
/// </list>
/// </summary>
public static class Indexer
{
    /// <exception cref="UsageException">Options out of range, or the index exists.</exception>
    /// <exception cref="BadInputException">Surrogate or corpus missing, damaged, or of another tokenizer.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the same command goes on where it stopped.</exception>
    public static IndexResult Run(IndexOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        options.Validate();

        // 1. Inputs.
        using var surrogate = OpenedSurrogate.Open(options.Home, options.Surrogate, options.Member, options.Parameters);
        if (surrogate.Model.Adapters is not null && options.Track != LayerScope.Blocks)
        {
            throw new UsageException(
                $"Surrogate {surrogate.Name} has adapters, of which A and B are tracked, since they alone were trained: leave out --track, or attribute to "
                + "the merged weights with --parameters merged.");
        }

        var corpus = Corpus.Open(options.Home.CorpusDirectory(options.Corpus));
        if (corpus.Count == 0)
        {
            throw new BadInputException(corpus.Directory, "has no documents: there is nothing to rank");
        }

        var context = surrogate.Model.Config.MaxPositions;
        using var rows = new CorpusRows(corpus, TokenizedCorpusWriter.Write(corpus, surrogate.Tokenizer, progress, cancellation), context);
        options = options with
        {
            BatchTokens = UnfinishedBatches(options) ?? BatchPlan.Capture(surrogate.Model, rows.LongestRow, options.BatchTokens, progress, options.Track),
        };
        var captured = new LanguageModelCapture(surrogate.Model, options.Track);
        var capture = new GradientCapture(captured, new CaptureOptions { BatchTokens = options.BatchTokens, Seed = options.Seed });
        var info = Describe(options, surrogate, corpus, captured, context);

        // 2. A directory in the making.
        using var directory = Start(options, surrogate.Model.Place.NumbersName, info, time, progress);

        // 3. The work.
        info = options.Method == IndexMethod.Ekfac
            ? new EkfacIndexBuilder(directory, capture, options, progress).Build(rows, info, cancellation)
            : LograIndexBuilder.Build(directory, capture, rows, info, options, progress, cancellation);

        // 4. Finish.
        var apart = SetApart(directory);
        if (info.Loss is { } loss)
        {
            progress.Message(loss.Text(info.Storage!.Value));
        }

        directory.Manifest.Details = Json(info);
        var resumed = directory.Resumed;
        directory.Commit();
        List<string> notes = apart.Count == 0 ? [] : [$"{apart.Count} documents were set apart, named in {IndexDirectory.ExcludedFile}."];
        return new IndexResult(directory.FinalDirectory, rows.DocumentCount, rows.RowCount, rows.LabelTokens, apart.Count, resumed, notes);
    }

    private static IndexInfo Describe(IndexOptions options, OpenedSurrogate surrogate, Corpus corpus, LanguageModelCapture captured, int context) =>
        new()
        {
            Method = options.Method,
            Surrogate = surrogate.Name,
            SurrogateHash = surrogate.WeightsHash,
            Parameters = surrogate.Parameters,
            TokenizerHash = surrogate.Tokenizer.Hash,
            Corpus = options.Corpus,
            CorpusHash = corpus.ContentHash,
            Context = context,
            Seed = options.Seed,
            Track = options.Track,
            Modules = captured.Modules,
            Coverage = captured.Coverage,
            Documents = corpus.Count,
        };

    private static ArtifactDirectory Start(IndexOptions options, string numbers, IndexInfo info, TimeProvider time, IProgressSink progress)
    {
        var directory = MemberIndex.DirectoryOf(options.Home, options.Name, options.Member);
        var wanted = OptionsOf(options, numbers);
        var details = Json(info);
        var work = ArtifactDirectory.Resume(directory, IndexDirectory.Format, IndexDirectory.Version, time, options.Replace);
        if (work.Resumed)
        {
            if (JsonNode.DeepEquals(work.Manifest.Options, wanted) && JsonNode.DeepEquals(work.Manifest.Details, details))
            {
                progress.Message($"Going on with unfinished work on index {options.Name}.");
                return work;
            }
            progress.Message($"Unfinished work on index {options.Name} had other options or inputs: starting anew.");
            work.Dispose();
            work = ArtifactDirectory.Create(directory, IndexDirectory.Format, IndexDirectory.Version, time, options.Replace);
        }
        work.Manifest.Command = "tda index";
        work.Manifest.Options = wanted;
        work.Manifest.Seeds["index"] = options.Seed;
        work.Manifest.Inputs[$"surrogate:{info.Surrogate}"] = info.SurrogateHash;
        work.Manifest.Inputs[$"corpus:{info.Corpus}"] = info.CorpusHash;
        work.Manifest.Details = details;
        work.SaveManifest();
        return work;
    }

    // Other processes may leave more or less memory than when the work began: it goes on as it began.
    private static int? UnfinishedBatches(IndexOptions options)
    {
        var path = Path.Combine(MemberIndex.DirectoryOf(options.Home, options.Name, options.Member) + AtomicFileWriter.PartSuffix, Manifest.FileName);
        try
        {
            return File.Exists(path) && JsonNode.Parse(File.ReadAllText(path))?["options"]?["batch_tokens"]?.GetValue<int>() is { } tokens
                && tokens <= options.BatchTokens ? tokens : null;
        }
        catch (Exception error) when (error is JsonException or IOException or InvalidOperationException)
        {
            return null; // starting says what is wrong with it
        }
    }

    // Everything that changes the result. Batch tokens change only the order of additions, but a resumed run must not mix two orders.
    private static JsonObject OptionsOf(IndexOptions options, string numbers) => Json(new
    {
        options.Surrogate,
        options.Member,
        options.Corpus,
        options.Name,
        options.Method,
        options.Parameters,
        options.Track,
        options.VocabularyBasis,
        options.Labels,
        options.FitShare,
        options.CovarianceTokens,
        options.FactorsFromTraining,
        options.DoublePrecision,
        options.Rank,
        options.FactorRank,
        options.CurvatureRank,
        options.Projection,
        options.Storage,
        options.ShardDocuments,
        options.BatchTokens,
        options.Seed,
        Numbers = numbers,
    });

    // Through text, so that what was read back compares equal to what is about to be written.
    internal static JsonObject Json<T>(T value) => JsonNode.Parse(JsonSerializer.Serialize(value, JsonDefaults.Options))!.AsObject();

    internal static IReadOnlyList<ExcludedDocument> SetApart(ArtifactDirectory directory)
    {
        var parts = Directory.GetFiles(directory.WorkDirectory, "excluded-*.jsonl").Order(StringComparer.Ordinal);
        ExcludedDocument[] all = [.. parts.SelectMany(p => JsonLines.Read<ExcludedDocument>(p)).DistinctBy(e => e.Id)];
        JsonLines.Write(directory.PathOf(IndexDirectory.ExcludedFile), all);
        return all;
    }
}

/// <summary>What indexing made.</summary>
/// <param name="Directory">The index.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Rows">Rows (sequences) in it.</param>
/// <param name="Tokens">Label tokens of those rows.</param>
/// <param name="Excluded">Documents set apart, named in <c>excluded.jsonl</c>.</param>
/// <param name="Resumed">Whether unfinished work was continued.</param>
/// <param name="Notes">What the user should know: ranks that were cut, documents set apart.</param>
public sealed record IndexResult(
    string Directory, int Documents, long Rows, long Tokens, int Excluded, bool Resumed, IReadOnlyList<string> Notes);

/// <summary>A document or query that could not be scored, as a line of <c>excluded.jsonl</c>: named, never a silent zero.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Stage">Where it was noticed: <c>factors</c>, <c>index</c>, <c>scores</c>, <c>tokens</c> or <c>query</c>.</param>
/// <param name="Reason">Why.</param>
public sealed record ExcludedDocument(string Id, string Stage, string Reason)
{
    /// <summary>The usual reason.</summary>
    public const string NotFinite = "its gradient is not finite";
}
