using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Methods.Measured;

namespace Tda.Evaluation.Banks;

/// <summary>
/// Fills a bank with retrainings of a lab model or of a surrogate: 1. takes the model's shape, tokenizer and training options; 2. encodes
/// documents and queries once; 3. makes or opens the bank; 4. per retraining: fresh weights or the base's, training on the subset, the queries'
/// losses. A base must have learned none of the documents (<see cref="RetrainingBase"/>); the seed then moves the documents' order alone. A
/// surrogate is retrained on documents alone, without the answers that it may have been distilled from: those are no candidates, and may be the
/// queries.
/// </summary>
public static class TextBank
{
    private const int BatchTokens = 4096;

    /// <summary>Makes or opens the bank, and trains what its shard lacks. Stopped or killed, the same call goes on.</summary>
    /// <exception cref="UsageException">The plan is wrong, the model can't be repeated, its base learned some of the documents, or another bank has this name.</exception>
    /// <exception cref="BadInputException">Model, corpus or bank is damaged, the model is of another corpus, or a query has no token.</exception>
    /// <exception cref="OperationCanceledException">Stopped; finished retrainings are kept.</exception>
    public static RetrainingBank Run(TextBankOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        // 1.
        var corpus = Corpus.Open(options.CorpusDirectory);
        var recipe = options.SurrogateDirectory is { } surrogate
            ? RetrainingRecipe.OfSurrogate(surrogate, corpus)
            : RetrainingRecipe.OfLab(options.LabDirectory ?? throw new ArgumentException("neither a lab model nor a surrogate is to be retrained", nameof(options)), corpus);
        var (directory, config, tokenizer, shape, training) = recipe;

        // 2.
        var documents = corpus.Documents().Select(d => (d.Id, Rows: Encode(d, tokenizer, config.MaxPositions))).ToArray();
        var queries = options.Queries.Select(q => Encode(q, tokenizer, config.MaxPositions)).ToArray();

        // 3.
        var plan = options.Plan([.. documents.Select(d => d.Id)], [.. options.Queries.Select(q => q.Id)]);
        var described = new JsonObject
        {
            ["model"] = shape?.DeepClone(),
            ["training"] = JsonSerializer.SerializeToNode(training, JsonDefaults.Options),
        };
        recipe.Base?.Describe(described);
        var inputs = new Dictionary<string, string>
        {
            [$"corpus {corpus.Name}"] = corpus.ContentHash,
            ["tokenizer"] = tokenizer.Hash,
            ["queries"] = Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(options.Queries, JsonDefaults.Options)),
        };
        var (from, hash) = ArtifactReference.InputOf(directory);
        inputs[from] = hash;
        foreach (var query in options.Queries)
        {
            inputs[BankOutcomes.InputOf(query)] = BankOutcomes.HashOf(query);
        }

        var bank = RetrainingBank.OpenOrCreate(options.OutputDirectory, plan, options.Command, described, inputs, time);

        // 4.
        var missing = options.Shard.Missing(bank);
        using var bar = progress.Start("retraining", missing.Count, "models");
        for (var i = 0; i < missing.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var started = time.GetTimestamp();
            var kept = bank.Plan.Kept[missing[i].Subset];
            using var model = recipe.Start(missing[i].TrainingSeed);
            TrainingExample[] examples = [.. documents.Where((_, d) => kept[d]).SelectMany(d => d.Rows)];
            var result = Trainer.Run(model, examples, training with { Seed = missing[i].TrainingSeed }, NullProgress.Instance, cancellation, time);
            bank.Record(missing[i], QueryLosses(model, queries, cancellation), time.GetElapsedTime(started).TotalSeconds);
            bar.Report(i + 1, string.Create(CultureInfo.InvariantCulture, $"loss {result.FinalLoss:F3}"));
        }
        return bank;
    }

    /// <summary>A model's losses on queries, in nats, summed over the completion's tokens (its end not included).</summary>
    /// <param name="model">A model with the tokenizer that the queries are encoded with.</param>
    /// <param name="queries">What is asked.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static double[] QueryLosses(
        LanguageModel model, IReadOnlyList<Query> queries, ITokenizer tokenizer, CancellationToken cancellation = default) =>
        QueryLosses(model, [.. queries.Select(q => Encode(q, tokenizer, model.Config.MaxPositions))], cancellation);

    private static double[] QueryLosses(LanguageModel model, TrainingExample[] queries, CancellationToken cancellation)
    {
        var losses = new double[queries.Length];
        var plan = BatchSchedule.Sorted([.. queries.Select(q => q.Tokens.Length)], BatchTokens);
        using var gradients = TorchSharp.torch.no_grad();
        foreach (var rows in plan)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = TorchSharp.torch.NewDisposeScope();
            var batch = Batch.Collate(queries, rows, model.Device, model.WideType);
            var nats = TokenLoss.Nll(model, batch).to(TorchSharp.torch.ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
            for (var token = 0; token < nats.Length; token++)
            {
                losses[rows[batch.LabelRows[token]]] += nats[token];
            }
        }
        return losses;
    }

    private static TrainingExample[] Encode(Document document, ITokenizer tokenizer, int context) =>
        [.. TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId], context)];

    private static TrainingExample Encode(Query query, ITokenizer tokenizer, int context)
    {
        var completion = tokenizer.Encode(query.Completion);
        if (completion.Length == 0)
        {
            throw new BadInputException("queries", $"the completion of query '{query.Id}' has no token: there is nothing to explain");
        }
        // The answer's end carries no loss: a token limit may have cut it.
        return TrainingExample.FromResponse(tokenizer.BosId, tokenizer.EncodePrompt(query.Prompt, query.Messages), completion[..^1], completion[^1], context);
    }
}

/// <summary>A bank of retrainings of one model.</summary>
public sealed record TextBankOptions
{
    /// <summary>Where the bank goes: <c>banks/name</c>.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>The lab model that is retrained: its tokenizer and training options, from fresh weights of its shape or from its base. Or:</summary>
    public string? LabDirectory { get; init; }

    /// <summary>The surrogate that is retrained in the same way.</summary>
    public string? SurrogateDirectory { get; init; }

    /// <summary>The corpus that it was trained on.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>What the models are asked.</summary>
    public required IReadOnlyList<Query> Queries { get; init; }

    /// <summary>The subsets, for the corpus's documents and the queries.</summary>
    public required Func<IReadOnlyList<string>, IReadOnlyList<string>, BankPlan> Plan { get; init; }

    /// <summary>The part that this process fills. Default all.</summary>
    public BankShard Shard { get; init; } = BankShard.Whole;

    /// <summary>The command to note in the manifest.</summary>
    public string Command { get; init; } = "tda lab bank";
}
