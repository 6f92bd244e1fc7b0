using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Hypergradients;

/// <summary>
/// Learns how much each document of a corpus is worth for a meta set:
/// <list type="number">
/// <item>Open surrogate, corpus and meta set; go on with unfinished work of the same options.</item>
/// <item>Rows of documents, and the meta set with signs: answers that are to be likelier, and those that are not.</item>
/// <item>Train the surrogate on, and learn weights as it goes (<see cref="WeightLearner"/>); keep the state now and then, and when stopped.</item>
/// <item>Weights by document; write <c>runs/&lt;id&gt;/</c>: <c>weights.jsonl</c> for `tda curate --weights`, and scores.</item>
/// </list>
/// Weights have a mean of 1 over the corpus's label tokens, so that a training with them takes steps of the same size. A document's score is
/// <c>ln w</c>: positive where the meta set gains from more of it.
/// </summary>
public static class Reweighter
{
    private const string StateFile = "state.safetensors";
    private const string StepsKey = "steps";
    private const string LossesKey = "meta_losses";
    private const int KeepEvery = 100; // steps
    private const int MetaWindow = 20; // looks that a shown meta loss is a mean over

    /// <exception cref="UsageException">Options out of range, no meta set, or the run exists.</exception>
    /// <exception cref="BadInputException">Surrogate or corpus missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">Stopped after the step under way; the same call goes on from there.</exception>
    public static ReweightResult Run(ReweightOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        // 1. Inputs, and the work directory.
        options.Validate();
        ArtifactDirectory.RequireFree(options.Home.RunDirectory(options.Run), options.Replace);
        using var surrogate = OpenedSurrogate.Open(options.Home, options.Surrogate);
        var corpus = Corpus.Open(options.Home.CorpusDirectory(options.Corpus), verify: false);
        var tokens = TokenizedCorpusWriter.Write(corpus, surrogate.Tokenizer, progress, cancellation);
        using var rows = new CorpusRows(corpus, tokens, surrogate.Model.Config.MaxPositions);
        var artifact = Open(options, surrogate, corpus, time, progress);
        try
        {
            // 2. Examples.
            TrainingExample[] examples = [.. Enumerable.Range(0, rows.RowCount).Select(r => rows.Load(r).Example())];
            var problem = new LanguageModelProblem(surrogate.Model, examples, Meta(options, surrogate, progress), options.EvaluationTokens, options.GradientShards);
            var plan = Trainer.Plan(examples, new TrainingOptions { Epochs = options.Epochs, BatchTokens = options.BatchTokens, Seed = options.Seed });
            using var weights = Weights(options, rows);
            using var learner = new WeightLearner(
                problem, weights, [.. plan.Take(options.MaxSteps ?? plan.Count)], options.Learner with { Seed = options.Seed });

            // 3. Learning.
            var (resumed, metaLosses) = Learn(learner, artifact, progress, cancellation);

            // 4. The run.
            var byDocument = ByDocument(learner, problem, rows);
            Write(artifact, options, corpus, rows, byDocument);
            return new ReweightResult(options.Home.RunDirectory(options.Run), learner.Steps, resumed, metaLosses, Describe(rows, byDocument));
        }
        finally
        {
            artifact.Dispose(); // what was learned so far stays for the next call
        }
    }

    private static ArtifactDirectory Open(ReweightOptions options, OpenedSurrogate surrogate, Corpus corpus, TimeProvider time, IProgressSink progress)
    {
        var wanted = JsonSerializer.SerializeToNode(
            new
            {
                options.Surrogate,
                options.Corpus,
                options.Weigh,
                options.HarmWeight,
                options.HiddenUnits,
                options.Epochs,
                options.MaxSteps,
                options.BatchTokens,
                options.GradientShards,
                options.Learner,
                options.Seed,
                Queries = options.Meta.Count,
                HarmfulQueries = options.Harm.Count,
            },
            JsonDefaults.Options)!.AsObject();
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [$"surrogate:{options.Surrogate}"] = surrogate.WeightsHash,
            [$"corpus:{options.Corpus}"] = corpus.ContentHash,
            ["meta"] = Hash(options.Meta),
            ["harm"] = Hash(options.Harm),
        };
        var directory = options.Home.RunDirectory(options.Run);
        var artifact = ArtifactDirectory.Resume(directory, ScoreFormat.Name, ScoreFormat.Version, time, options.Replace);
        if (artifact.Resumed && !(JsonNode.DeepEquals(artifact.Manifest.Options, wanted) && artifact.Manifest.Inputs.SequenceEqual(inputs)))
        {
            progress.Message($"{artifact.WorkDirectory} was started with other options or data: starting over.");
            artifact.Dispose();
            artifact = ArtifactDirectory.Create(directory, ScoreFormat.Name, ScoreFormat.Version, time, options.Replace);
        }

        artifact.Manifest.Command = "tda reweight";
        artifact.Manifest.Options = wanted;
        artifact.Manifest.Inputs = inputs;
        artifact.Manifest.Seeds["reweight"] = options.Seed;
        artifact.SaveManifest();
        return artifact;
    }

    private static string Hash(IReadOnlyList<Query> queries) => Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(queries, JsonDefaults.Options));

    // L_meta = mean over the good answers' tokens − h · mean over the harmful ones'. The trainer's loss is one mean over all label tokens, so
    // each side is scaled to be a mean of its own.
    private static TrainingExample[] Meta(ReweightOptions options, OpenedSurrogate surrogate, IProgressSink progress)
    {
        var encoder = new QueryEncoder(surrogate.Tokenizer, surrogate.Model.Config.MaxPositions, includeEnd: false);
        var (good, harm) = (Rows(options.Meta), Rows(options.Harm));
        double Labels(TokenRow[] side) => side.Sum(row => row.Positions - row.FirstLossPosition);
        var all = Labels(good) + Labels(harm);
        return
        [
            .. good.Select(row => row.Example((float)(all / Labels(good)))),
            .. harm.Select(row => row.Example((float)(-options.HarmWeight * all / Labels(harm)))),
        ];

        TokenRow[] Rows(IReadOnlyList<Query> queries)
        {
            if (queries.Count == 0)
            {
                return [];
            }

            var encoded = encoder.Rows(queries, progress);
            return [.. Enumerable.Range(0, encoded.RowCount).Select(encoded.Load)];
        }
    }

    private static IExampleWeights Weights(ReweightOptions options, CorpusRows rows)
    {
        switch (options.Weigh)
        {
            case WeighedBy.Network:
                return new LossNetworkWeights(options.HiddenUnits, options.Seed);
            case WeighedBy.Sources:
                string[] sources = [.. rows.Sources.Distinct(StringComparer.Ordinal)];
                var ordinals = sources.Index().ToDictionary(source => source.Item, source => source.Index, StringComparer.Ordinal);
                return new GroupWeights([.. Enumerable.Range(0, rows.RowCount).Select(row => ordinals[rows.Sources[rows.DocumentOf(row)]])], sources.Length);
            default:
                return new GroupWeights([.. Enumerable.Range(0, rows.RowCount).Select(rows.DocumentOf)], rows.DocumentCount);
        }
    }

    private static (int? Resumed, IReadOnlyList<double> MetaLosses) Learn(
        WeightLearner learner, ArtifactDirectory artifact, IProgressSink progress, CancellationToken cancellation)
    {
        var path = artifact.PathOf(StateFile);
        var losses = new List<double>();
        int? resumed = artifact.Resumed && File.Exists(path) ? Restore(learner, losses, path) : null;
        using var task = progress.Start("reweighting", learner.Count, "steps");
        task.Report(learner.Steps);
        while (learner.Steps < learner.Count)
        {
            if (cancellation.IsCancellationRequested)
            {
                Keep(learner, losses, path);
                cancellation.ThrowIfCancellationRequested();
            }

            if (learner.Step() is { } loss)
            {
                losses.Add(loss);
            }

            task.Report(learner.Steps, losses.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"meta loss {losses.TakeLast(MetaWindow).Average():F3}"));
            if (learner.Steps % KeepEvery == 0 && learner.Steps < learner.Count)
            {
                Keep(learner, losses, path);
            }
        }

        if (learner.Steps != resumed)
        {
            Keep(learner, losses, path); // until the run is written
        }

        return (resumed, losses);
    }

    private static void Keep(WeightLearner learner, List<double> losses, string path)
    {
        using var scope = NewDisposeScope();
        TensorFiles.Save(path, new Dictionary<string, Tensor>(learner.State)
        {
            [StepsKey] = tensor(new[] { (long)learner.Steps }),
            [LossesKey] = tensor(losses.ToArray()),
        });
    }

    private static int Restore(WeightLearner learner, List<double> losses, string path)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var saved = TensorFiles.Load(path);
        foreach (var (name, tensor) in learner.State)
        {
            tensor.copy_(saved.TryGetValue(name, out var kept) && kept.shape.SequenceEqual(tensor.shape)
                ? kept : throw new BadInputException(path, $"it holds no '{name}' of this training", remedy: "Remove the unfinished run, and start over."));
        }

        losses.AddRange(saved[LossesKey].data<double>());
        learner.Steps = (int)saved[StepsKey].item<long>();
        return learner.Steps;
    }

    // Of a document in several rows the mean by label tokens: only a network weighs them apart.
    private static double[] ByDocument(WeightLearner learner, LanguageModelProblem problem, CorpusRows rows)
    {
        int[] all = [.. Enumerable.Range(0, rows.RowCount)];
        var weights = learner.WeightsOf(all);
        var (sums, sizes) = (new double[rows.DocumentCount], new double[rows.DocumentCount]);
        foreach (var row in all)
        {
            sums[rows.DocumentOf(row)] += weights[row] * problem.SizeOf(row);
            sizes[rows.DocumentOf(row)] += problem.SizeOf(row);
        }

        var mean = sums.Sum() / sizes.Sum();
        return [.. sums.Zip(sizes, (sum, size) => sum / size / mean)];
    }

    private static void Write(ArtifactDirectory artifact, ReweightOptions options, Corpus corpus, CorpusRows rows, double[] weights)
    {
        var queries = options.Meta.Concat(options.Harm).ToArray();
        var completion = options.Harm.Count == 0 ? $"(mean of {options.Meta.Count} answers)"
            : options.Meta.Count == 0 ? $"(less the mean of {options.Harm.Count} harmful answers)"
            : $"(mean of {options.Meta.Count} answers less the mean of {options.Harm.Count} harmful ones)";
        ScoreRow[] columns = [.. weights.Select((_, d) => new ScoreRow(rows.IdOf(d), rows.Sources[d], 1, rows.SequenceLength(d)))];
        using var writer = ScoreRunWriter.Into(
            artifact, new ScoreHeader($"reweight-{JsonNamingPolicy.SnakeCaseLower.ConvertName($"{options.Learner.Hypergradient.Kind}")}", 0, rows.RowCount),
            [new ExplainedQuery("meta", string.Empty, completion)], columns);
        writer.Manifest.Details["unit"] = "none: ln w of the learned weight w";
        writer.Manifest.Details["command_line"] = options.CommandLine;
        float[] scores = [.. weights.Select(w => (float)Math.Log(Math.Max(w, 1e-9)))];
        writer.Append(scores);
        writer.WriteTop(TopDocuments.Named(corpus, TopDocuments.Of(scores, rows, options.Top, null)));
        JsonLines.Write(writer.PathOf(ScoreFormat.Members), queries.Select(query => new TargetMember("meta", query)));
        Core.Masks.DocumentWeights.Write(
            writer.PathOf(ScoreFormat.Weights), weights.Select((weight, d) => new KeyValuePair<string, double>(rows.IdOf(d), weight)));
        File.Delete(artifact.PathOf(StateFile));
        writer.Commit();
    }

    private static SourceWeight[] Describe(CorpusRows rows, double[] weights) =>
    [
        .. weights.Select((weight, d) => (Source: rows.Sources[d], Weight: weight)).GroupBy(document => document.Source, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new SourceWeight(
                group.Key, group.Count(), group.Average(document => document.Weight), group.Min(document => document.Weight), group.Max(document => document.Weight))),
    ];
}

/// <summary>What weights are learned of, for what, and how.</summary>
public sealed record ReweightOptions
{
    /// <summary>Where surrogates, corpora and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>The surrogate that is trained on; it stays as it is.</summary>
    public required string Surrogate { get; init; }

    /// <summary>The corpus whose documents are weighed.</summary>
    public required string Corpus { get; init; }

    /// <summary>Id of the run to write.</summary>
    public required string Run { get; init; }

    /// <summary>Answers that are to become likelier.</summary>
    public IReadOnlyList<Query> Meta { get; init; } = [];

    /// <summary>Answers that are to become less likely.</summary>
    public IReadOnlyList<Query> Harm { get; init; } = [];

    /// <summary>h: how much the harmful answers count beside the good ones, above 0; default 1.</summary>
    public double HarmWeight { get; init; } = 1;

    /// <summary>What has a weight of its own. Default documents.</summary>
    public WeighedBy Weigh { get; init; } = WeighedBy.Documents;

    /// <summary>Hidden units of the network, 1 to 10,000; default 32.</summary>
    public int HiddenUnits { get; init; } = 32;

    /// <summary>How weights are learned.</summary>
    public WeightLearnerOptions Learner { get; init; } = new() { LearningRate = DefaultLearningRate };

    /// <summary>A tenth of the rate that trains a fresh model: the surrogate has been trained.</summary>
    public const double DefaultLearningRate = 3e-4;

    /// <summary>Passes over the corpus, at least 1; default 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Ends after so many steps; default none.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>Most tokens a batch, padding included, at least 1; default 1,024.</summary>
    public int BatchTokens { get; init; } = 1_024;

    /// <summary>Tokens computed at once where no gradient is taken, at least 1; default 4,096. Results don't depend on it beyond rounding.</summary>
    public int EvaluationTokens { get; init; } = 4_096;

    /// <summary>Parts of a batch computed side by side, at least 1; default 1.</summary>
    public int GradientShards { get; init; } = 1;

    /// <summary>Documents in <c>top.jsonl</c>, at least 1; default 100.</summary>
    public int Top { get; init; } = 100;

    /// <summary>Orders documents and meta set.</summary>
    public long Seed { get; init; }

    /// <summary>Whether a run of that id may be replaced. Default no.</summary>
    public bool Replace { get; init; }

    /// <summary>The command line that asked for it, noted in the manifest.</summary>
    public string? CommandLine { get; init; }

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate()
    {
        new OptionChecks()
            .Require(Meta.Count + Harm.Count > 0, $"there is no meta set: give answers that are to be likelier, harmful ones, or both")
            .Above("weight of the harmful answers", HarmWeight, 0)
            .Between("hidden units", HiddenUnits, 1, 10_000)
            .AtLeast("epochs", Epochs, 1)
            .AtLeast("max steps", MaxSteps, 1)
            .AtLeast("batch tokens", BatchTokens, 1)
            .AtLeast("evaluation tokens", EvaluationTokens, 1)
            .AtLeast("gradient shards", GradientShards, 1)
            .AtLeast("top", Top, 1)
            .Throw("The reweighting's");
        Learner.Validate();
    }
}

/// <summary>What a reweighting found.</summary>
/// <param name="Directory">The run.</param>
/// <param name="Steps">Steps of training.</param>
/// <param name="ResumedFrom">The step that it went on from; null: it began anew.</param>
/// <param name="MetaLosses">The meta objective, look by look.</param>
/// <param name="Sources">Weights by source.</param>
public sealed record ReweightResult(
    string Directory, int Steps, int? ResumedFrom, IReadOnlyList<double> MetaLosses, IReadOnlyList<SourceWeight> Sources)
{
    private const int Window = 20;

    /// <summary>Mean of the meta objective over the first 20 looks; NaN without any.</summary>
    public double FirstMetaLoss => MetaLosses.Count == 0 ? double.NaN : MetaLosses.Take(Window).Average();

    /// <summary>The same over the last 20.</summary>
    public double LastMetaLoss => MetaLosses.Count == 0 ? double.NaN : MetaLosses.TakeLast(Window).Average();
}

/// <summary>Weights of a source's documents.</summary>
/// <param name="Source">The source.</param>
/// <param name="Documents">How many it has.</param>
/// <param name="Mean">Their mean weight; 1 is as before.</param>
/// <param name="Lowest">The least.</param>
/// <param name="Highest">The most.</param>
public sealed record SourceWeight(string Source, int Documents, double Mean, double Lowest, double Highest);
