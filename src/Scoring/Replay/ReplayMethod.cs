using System.Text.Json.Serialization;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Repetition;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Replay;

/// <summary>
/// Scores by replaying the surrogate's own training (<see cref="TrainingReplay"/>): <c>score(m, q) = −∂loss(q)/∂w_m</c> after the training, w_m the
/// weight of document m in it, in nats per unit of weight. To first order that is how much the loss rises when the document's weight falls from 1 to
/// 0, so N is 1.
/// <list type="number">
/// <item>Gradients of the targets' losses at the trained weights.</item>
/// <item>Open the training as it began; it must be of the index's documents.</item>
/// <item>Forwards, once: after every step that has a checkpoint, and after the last one, the weights must be those stored.</item>
/// <item>Backwards, group by group of targets, keeping what is carried once a minute, so that a stopped run goes on from there.</item>
/// </list>
/// </summary>
public sealed class ReplayMethod(ScoringSession session, MethodOptions options) : IOpenedMethod
{
    /// <summary>Its name.</summary>
    public const string MethodName = "replay";

    private const int HashCharacters = 16; // of the queries, in a kept state's name

    private readonly List<TokenDerivatives> _derivatives = [];
    private string? _of; // which targets

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = MethodName,
        Family = MethodFamily.Trajectory,
        Summary = "the training replayed backwards: what a document's weight in it does to the loss after it",
        Needs = MethodNeeds.Training,
        Tokens = true,
        Nats = "nats: minus the derivative of the surrogate's loss after its own training by the document's weight in it; to first order what the loss rises by "
            + "without the document (n is 1)",
        Check = Require,
        Open = (session, options) => new ReplayMethod(session, options),
    };

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public long N => 1;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => [];

    /// <inheritdoc/>
    /// <exception cref="UsageException">A normalisation, or the training can't be repeated.</exception>
    /// <exception cref="BadInputException">Corpus, answers or base aren't those of the training, or it comes to other weights.</exception>
    /// <exception cref="TdaException">A step or its derivative isn't finite: names step and document.</exception>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(MethodName, normalisation);
        Replay(queries, excluded, progress, cancellation);
        var scores = new ScoreMatrix(queries.Targets.Count, session.Rows.DocumentCount);
        for (var t = 0; t < scores.Targets; t++)
        {
            var sums = new double[scores.Documents];
            for (var row = 0; row < session.Rows.RowCount; row++)
            {
                sums[session.Rows.DocumentOf(row)] -= Of(t).Derivatives.Sum(Of(t).Target, row);
            }

            for (var d = 0; d < sums.Length; d++)
            {
                scores[t, d] = (float)sums[d];
            }
        }

        return scores;
    }

    /// <inheritdoc/>
    /// <exception cref="UsageException">Scores by position are asked for: the weight of a token is that of its own loss.</exception>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation)
    {
        if (definition != TokenDefinition.Loss)
        {
            throw new UsageException($"Method {MethodName} scores a token by the weight of its own loss: leave --token-score out.");
        }

        Replay(queries, excluded, progress, cancellation);
        var examples = Enumerable.Range(0, session.Rows.RowCount).Select(r => (Row: session.Rows.Load(r), Example: r))
            .ToDictionary(x => (x.Row.Document, x.Row.FirstLabel), x => x.Example);
        for (var r = 0; r < rows.RowCount; r++)
        {
            var row = rows.Load(r);
            var example = examples[(row.Document, row.FirstLabel)];
            visit(new RowTokenScores(row, [.. Enumerable.Range(0, queries.Targets.Count).Select(t =>
            {
                var own = Of(t).Derivatives.Of(Of(t).Target, example);
                var scores = new float[own.Length];
                for (var i = 0; i < own.Length; i++)
                {
                    scores[i] = (float)-own[i];
                }

                return scores;
            })]));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>A look at everything that tells whether the training can be replayed, before any of it is.</summary>
    internal static void Require(ScoringSession session, MethodOptions options)
    {
        var opened = session.Surrogate;
        if (!File.Exists(Path.Combine(opened.RootDirectory, Manifest.FileName)))
        {
            throw new UsageException($"Method {MethodName} needs the training of the surrogate, and {opened.Name} is a model folder from elsewhere. Take one that tda distill made.");
        }

        if (opened.Parameters == ModelParameters.Merged)
        {
            throw new UsageException($"Method {MethodName} needs an index of what was trained, the adapters of {opened.Name}: make one with --parameters adapters.");
        }

        var training = RepeatableTraining.Require(
            Surrogate.Open(opened.RootDirectory, verify: false), opened.Number, session.Corpus, options.Replay.Answers ?? []);
        TrainingReplay.Require(training, opened.Model.DType);
    }

    // The derivatives of a target, and its place among them.
    private (TokenDerivatives Derivatives, int Target) Of(int target)
    {
        foreach (var group in _derivatives)
        {
            if (target < group.Targets)
            {
                return (group, target);
            }

            target -= group.Targets;
        }

        throw new ArgumentOutOfRangeException(nameof(target));
    }

    private void Replay(QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. What is carried back.
        using var scope = NewDisposeScope();
        var gradients = TargetGradients(queries, excluded, progress, cancellation, out var which);
        if (which == _of)
        {
            return; // tokens after documents
        }

        // 2. The training as it began.
        _of = null;
        _derivatives.Clear();
        Require(session, options);
        var surrogate = Surrogate.Open(session.Surrogate.RootDirectory, verify: false);
        using var training = RepeatableTraining.Open(surrogate, session.Surrogate.Number, session.Corpus, options.Replay.Answers ?? [], progress);
        RequireRows(training);
        var verifier = new ReplayVerifier(surrogate, session.Surrogate, options.Replay.Tolerance);
        using var replay = new TrainingReplay(
            training.Model, training.Examples, training.Options, session.Rows.RowCount, options.Replay.MemoryBytes, NameOf)
        {
            Reached = step => verifier.Check(training.Model, step),
        };

        // 3. Forwards.
        var size = ReplayEstimate.AtOnce(training.Model, options, gradients.Length);
        var groups = gradients.Chunk(size).ToArray();
        using var task = progress.Start("Replaying the training", (double)replay.Steps * (groups.Length + 1), "steps");
        try
        {
            Forward(replay, Kept(which, 0), task, cancellation);

            // 4. Backwards.
            for (var g = 0; g < groups.Length; g++)
            {
                var before = (double)replay.Steps * (g + 1);
                _derivatives.Add(Backward(replay, groups[g], Kept(which, g), done => task.Report(before + done), progress, cancellation));
            }
        }
        catch (Exception error) when (MemoryShortage.IsCauseOf(error))
        {
            throw MemoryShortage.Explain(
                error, training.Model.Place, training.Options.BatchTokens, ReplayEstimate.Memory(training.Model, training.Options, replay.Steps, (gradients.Length, size), options.Replay, session.Rows.LabelTokens));
        }

        _of = which;
    }

    // Where a run was stopped on its way back, it had been forwards, and had found the weights to be those stored.
    private void Forward(TrainingReplay replay, string kept, IProgressTask task, CancellationToken cancellation)
    {
        if (session.Capture.Options.Journal?.Kept(kept) is null)
        {
            replay.Forward(step => task.Report(step), cancellation);
        }
    }

    private TokenDerivatives Backward(
        TrainingReplay replay, IReadOnlyList<Tensor> gradients, string kept, Action<double> report, IProgressSink progress, CancellationToken cancellation)
    {
        var journal = session.Capture.Options.Journal;
        using var adjoint = replay.Start(gradients);
        if (journal?.Kept(kept) is { } path)
        {
            adjoint.Restore(path);
            progress.Message($"Going on with unfinished work: {adjoint.Step:N0} of {replay.Steps:N0} steps are left to walk back.");
        }

        report(replay.Steps - adjoint.Step); // what an earlier run did counts for no rate
        try
        {
            replay.Backward(
                adjoint,
                () =>
                {
                    report(replay.Steps - adjoint.Step);
                    journal?.Keep(kept, adjoint.Save, now: false);
                },
                cancellation);
        }
        catch (OperationCanceledException)
        {
            journal?.Keep(kept, adjoint.Save, now: true);
            throw;
        }

        return adjoint.Tokens;
    }

    private string Kept(string which, int group) =>
        $"replay-{session.Surrogate.Number}-{Hashing.Sha256(Encoding.UTF8.GetBytes(which))[..HashCharacters]}-{group}";

    /// <summary>∂loss/∂θ of each target, flat: means over its queries. Those without a finite gradient are named and left out.</summary>
    private Tensor[] TargetGradients(
        QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation, out string which)
    {
        var model = session.Surrogate.Model;
        var rows = session.Encoder(options.IncludeEnd).Rows(queries.Queries, progress);
        var sums = queries.Targets.Select(_ => zeros_like(model.Flat)).ToArray();
        var members = queries.Targets.Select(_ => new List<int>()).ToArray();
        foreach (var q in queries.Targets.SelectMany(target => target.Members).Distinct().Order())
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Batch.Collate([rows.Load(q).Example()], [0], model.Device, model.WideType);
            var gradient = FlatGradient.Of(TokenLoss.Sum(model, batch, 0), model);
            if (!double.IsFinite(FlatGradient.Norm(gradient)))
            {
                excluded(new ExcludedDocument(rows.IdOf(q), "query", ExcludedDocument.NotFinite));
                continue;
            }

            foreach (var (t, _) in queries.Targets.Index().Where(target => target.Item.Members.Contains(q)))
            {
                sums[t].add_(gradient);
                members[t].Add(q);
            }
        }

        for (var t = 0; t < sums.Length; t++)
        {
            sums[t].div_(Math.Max(1, members[t].Count));
        }

        which = string.Join(';', members.Select(own => string.Join(',', own.Select(q => queries.Queries[q].Id))));
        return sums;
    }

    // Rows of the index and of the training are cut alike, unless the index has another context.
    private void RequireRows(RepeatableTraining training)
    {
        var same = training.Examples.Count >= session.Rows.RowCount
            && Enumerable.Range(0, session.Rows.RowCount).All(r => training.Examples[r].Tokens.AsSpan().SequenceEqual(session.Rows.Load(r).Tokens));
        if (!same)
        {
            throw new BadInputException(
                session.Index.Directory, "its rows aren't those that the surrogate was trained on", remedy: "Make the index again with tda index.");
        }
    }

    private string NameOf(int example) => example < session.Rows.RowCount
        ? $"document {session.Rows.IdOf(session.Rows.DocumentOf(example))}"
        : $"answer {example - session.Rows.RowCount + 1} of those that the surrogate was distilled from";
}

/// <summary>How a training is replayed.</summary>
public sealed record ReplayOptions
{
    /// <summary>
    /// How far the weights may come out from those stored, as a share of their length, 0 to .1. Default 0: to the bit. Above, the derivative is of
    /// the training as it is repeated here, which is a like one.
    /// </summary>
    public double Tolerance { get; init; }

    /// <summary>Memory for states of the training that are kept instead of computed again, in MiB, 1 to 1,048,576. Default 1,024. Results don't depend on it.</summary>
    public int MemoryMebibytes { get; init; } = 1024;

    /// <summary>The answers that the surrogate was distilled from, in their order; null (default): none.</summary>
    [JsonIgnore] // the surrogate's manifest vouches for them
    public IReadOnlyList<LoggedResponse>? Answers { get; init; }

    /// <summary>The same in bytes.</summary>
    internal long MemoryBytes => (long)MemoryMebibytes << 20;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("the replay's tolerance", Tolerance, 0, .1)
        .Between("the replay's memory in MiB", MemoryMebibytes, 1, 1 << 20).Errors;
}
