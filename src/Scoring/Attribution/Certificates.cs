using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution;

/// <summary>Which targets are explained, after their certificates.</summary>
/// <param name="Queries">The targets to score.</param>
/// <param name="Fidelity">Their certificates; empty where none are measured.</param>
/// <param name="Abstained">The targets below the threshold, with theirs.</param>
internal sealed record Certificates(QuerySet Queries, IReadOnlyList<AnswerFidelity?> Fidelity, IReadOnlyList<ExplainedQuery> Abstained)
{
    /// <summary>Answers abstained from that a message is about each; the run names all.</summary>
    private const int Named = 3;

    /// <summary>Measures and decides. Of a contrast both sets must pass, or neither is explained.</summary>
    public static Certificates Of(
        ScoringSession session, string method, QuerySet queries, AttributeOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        if (!AttributionMethods.Find(method).UsesModel)
        {
            return new(queries, [], []);
        }

        var measured = FidelityCertifier.Measure(session, queries, options.Options.IncludeEnd, cancellation);
        bool Passes(int t) => options.Force || !(measured[t]?.Fidelity < options.MinFidelity);
        var all = Enumerable.Range(0, measured.Count).ToArray();
        var kept = options.Contrast is not null && !all.All(Passes) ? [] : all.Where(Passes).ToArray();
        var abstained = all.Except(kept).Select(t => RunFiles.Explained(queries.Targets[t], queries) with { Fidelity = measured[t], Abstained = true }).ToArray();
        foreach (var query in abstained.Take(Named))
        {
            progress.Message(FormattableString.Invariant($"Abstaining from '{query.Id}': the surrogate needs {query.Fidelity?.NatsPerToken:F2} nats a token for this answer, word frequencies {query.Fidelity?.UnigramNatsPerToken:F2} (fidelity {query.Fidelity?.Fidelity:F3}, at least {options.MinFidelity:F3} is wanted)."));
        }

        if (abstained.Length > Named)
        {
            progress.Message($"Abstaining from {abstained.Length - Named} more for the same reason; queries.jsonl has their fidelity.");
        }

        if (abstained.Length > 0)
        {
            progress.Message(
                "What explains the surrogate explains nothing of the closed model there. Distil a better surrogate, lower "
                + "--min-fidelity, or score anyway with --force.");
        }

        return new(queries with { Targets = [.. kept.Select(t => queries.Targets[t])] }, [.. kept.Select(t => measured[t])], abstained);
    }
}

/// <summary>
/// Certifies how well a session's surrogate (of an ensemble: its first member) predicts the closed model's answers. An attribution explains
/// the surrogate; where that doesn't predict the answer, it explains nothing of the closed model.
/// </summary>
public static class FidelityCertifier
{
    /// <summary>A certificate for each target, over those of its queries whose loss is finite; null where none is.</summary>
    /// <param name="session">The session.</param>
    /// <param name="queries">Queries and targets.</param>
    /// <param name="includeEnd">Whether the EOS after a completion counts.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static IReadOnlyList<AnswerFidelity?> Measure(
        ScoringSession session, QuerySet queries, bool includeEnd = false, CancellationToken cancellation = default)
    {
        var model = session.Surrogate.Model;
        var rows = session.Encoder(includeEnd).Rows(queries.Queries, NullProgress.Instance);
        var trained = Losses(session.Capture, rows, cancellation);
        using var random = LanguageModel.Create(model.Config, session.Index.Info.Seed, model.Device, model.DType);
        var untrained = Losses(new GradientCapture(new LanguageModelCapture(random), session.Capture.Options), rows, cancellation);
        var unigram = UnigramLosses(session.Rows, rows, model.Config.VocabularySize);
        var heldOut = HeldOut(session);
        return [.. queries.Targets.Select(target =>
        {
            var members = target.Members.Where(q => double.IsFinite(trained[q].Loss)).ToArray();
            if (members.Length == 0)
            {
                return null;
            }

            double tokens = members.Sum(q => (long)rows.Load(q).LossPositions);
            var own = members.Sum(q => trained[q].Loss) / tokens;
            return new AnswerFidelity(
                (long)tokens, own, members.Sum(q => unigram[q]) / tokens, members.Sum(q => untrained[q].Loss) / tokens,
                members.Sum(q => trained[q].Agreeing) / tokens)
            {
                HeldOutNatsPerToken = heldOut?.NatsPerToken,
                HeldOutRank = heldOut?.AnswerNatsPerToken is { Count: > 0 } others ? others.Count(l => l > own) / (double)others.Count : null,
            };
        })];
    }

    /// <summary>Per query the summed loss of its loss-carrying tokens, and how many of them the model holds likeliest.</summary>
    private static (double Loss, int Agreeing)[] Losses(GradientCapture capture, IRowSource rows, CancellationToken cancellation)
    {
        var results = new (double Loss, int Agreeing)[rows.DocumentCount];
        capture.ForEachBatch(
            rows,
            (batch, _) =>
            {
                using var none = no_grad();
                var padded = PaddedBatch.Build(batch, capture.Model);
                using var forward = capture.Model.Forward(padded.Ids);
                var logits = forward.Logits.detach();
                var losses = nn.functional.cross_entropy(logits.reshape(-1, logits.shape[2]), padded.Labels.reshape(-1), reduction: nn.Reduction.None)
                    .reshape(padded.LossMask.shape).mul(padded.LossMask).sum([1L]);
                var hits = logits.argmax(-1).eq(padded.Labels).to_type(capture.Model.DType).mul(padded.LossMask).sum([1L]);
                var (loss, agreeing) = (Numbers(losses), Numbers(hits));
                for (var b = 0; b < batch.Count; b++)
                {
                    results[batch[b].Document] = (loss[b], (int)Math.Round(agreeing[b]));
                }
            },
            null, cancellation);
        return results;
    }

    private static double[] UnigramLosses(CorpusRows corpus, MemoryRows queries, int vocabulary)
    {
        var counts = corpus.TokenCounts(vocabulary);
        var total = Math.Log(counts.Sum() + (double)vocabulary);
        var losses = new double[queries.DocumentCount];
        for (var r = 0; r < queries.RowCount; r++)
        {
            var row = queries.Load(r);
            foreach (var token in row.Tokens.AsSpan(row.FirstLossPosition + 1))
            {
                losses[row.Document] += total - Math.Log(counts[token] + 1.0);
            }
        }
        return losses;
    }

    // A model folder from elsewhere has no training report.
    private static FidelityResult? HeldOut(ScoringSession session)
    {
        var surrogate = session.Surrogate;
        return surrogate.Number == 0 && File.Exists(Path.Combine(surrogate.Directory, Core.Artifacts.Manifest.FileName))
            ? Surrogate.Open(surrogate.Directory, verify: false).Fidelity()
            : null;
    }

    private static double[] Numbers(Tensor t) => t.to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
}
