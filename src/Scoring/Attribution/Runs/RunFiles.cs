using System.Text.Json.Nodes;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>Writes <c>runs/&lt;id&gt;/</c>.</summary>
internal static class RunFiles
{
    /// <summary>Writes the run and returns its directory.</summary>
    public static string Write(
        ScoringOptions options, RunFacts facts, ScoringSession session, QuerySet queries, IScoreRows scores,
        IEnumerable<DocumentScore> ranking, IEnumerable<TokenScore>? tokens, ExcludedLedger apart, TimeProvider time)
    {
        // A document set apart has no column: a NaN or a zero in its place would be read as a score.
        var kept = Kept(scores);
        if (kept.Length == 0)
        {
            throw new TdaException("No document has a score: all were set apart or left out, so no run is written.");
        }

        var columns = kept.Select(d => new ScoreRow(session.Rows.IdOf(d), session.Rows.Sources[d], 1, session.Rows.SequenceLength(d))).ToArray();
        var damping = facts.Damping.Count == 0 ? 0 : facts.Damping.Average();
        var directory = options.Home.RunDirectory(options.Run);
        using var writer = ScoreRunWriter.Create(
            directory, new ScoreHeader(facts.Method, damping, facts.N), [.. Explained(facts, queries, scores), .. facts.Abstained], columns,
            time, options.Replace);
        Describe(writer.Manifest, options, facts, session, queries);
        for (var t = 0; t < scores.Targets; t++)
        {
            var own = new float[kept.Length];
            Gather(scores.Row(t), kept, own);
            writer.Append(own);
        }
        if (facts.HalfWidths is { } widths)
        {
            WriteHalfWidths(writer.PathOf(ScoreFormat.HalfWidths), widths, kept);
        }

        if (facts.Layers is { } layers)
        {
            WriteLayers(writer.PathOf(ScoreFormat.Layers), layers, scores.Targets, kept);
        }

        writer.WriteTop(ranking);
        if (tokens is not null)
        {
            writer.WriteTokens(tokens);
        }

        JsonLines.Write(
            writer.PathOf(ScoreFormat.Members),
            queries.Targets.SelectMany(t => t.Members.Select(q => new TargetMember(t.Id, queries.Queries[q]))));
        JsonLines.Write(writer.PathOf("excluded.jsonl"), apart.Entries);
        writer.Commit();
        return directory;
    }

    /// <summary>A target as a query. One of several queries is named by what it is a mean of; its members are in members.jsonl.</summary>
    public static ExplainedQuery Explained(Target target, QuerySet queries) =>
        target.Members.Count == 1 && queries.Queries[target.Members[0]].Id == target.Id
        ? ExplainedQuery.Of(queries.Queries[target.Members[0]])
        : new ExplainedQuery(target.Id, string.Empty, target.Description ?? $"({(target.Id == ScoreFormat.Differential ? "mean of the harmful less mean of the safe" : "mean")} of {target.Members.Count} queries)") { Label = target.Label };

    private static int[] Kept(IScoreRows scores)
    {
        var row = scores.Targets == 0 ? new float[scores.Documents] : scores.Row(0).ToArray();
        return [.. Enumerable.Range(0, row.Length).Where(d => !float.IsNaN(row[d]))];
    }

    private static void Gather(ReadOnlySpan<float> row, int[] kept, Span<float> to)
    {
        for (var k = 0; k < kept.Length; k++)
        {
            to[k] = row[kept[k]];
        }
    }

    private static IEnumerable<ExplainedQuery> Explained(RunFacts facts, QuerySet queries, IScoreRows scores) => queries.Targets.Select((target, t) =>
    {
        var fidelity = facts.Fidelity.ElementAtOrDefault(t);
        return Explained(target, queries) with
        {
            Fidelity = fidelity,
            Forced = fidelity?.Fidelity < facts.MinFidelity ? true : null,
            Concentration = ConcentrationMeasure.Of(scores.Row(t)),
        };
    });

    private static void WriteHalfWidths(string path, ScoreMatrix widths, int[] kept)
    {
        using var file = new NpyWriter<float>(path, kept.Length);
        for (var t = 0; t < widths.Targets; t++)
        {
            var row = new float[kept.Length];
            Gather(widths.Row(t), kept, row);
            file.Append(row);
        }
        file.Commit();
    }

    private static void WriteLayers(string path, LayerScores layers, int targets, int[] kept)
    {
        using var file = new NpyWriter<float>(path, layers.Layers, kept.Length);
        for (var t = 0; t < targets; t++)
        {
            var row = new float[layers.Layers * kept.Length];
            for (var m = 0; m < layers.Layers; m++)
            {
                Gather(layers.Row(t, m), kept, row.AsSpan(m * kept.Length));
            }
            file.Append(row);
        }
        file.Commit();
    }

    private static void Describe(Manifest manifest, ScoringOptions options, RunFacts facts, ScoringSession session, QuerySet queries)
    {
        var info = session.Index.Info;
        manifest.Command = facts.Command;
        manifest.Seeds["index"] = info.Seed;
        manifest.Inputs[$"surrogate:{info.Surrogate}"] = info.SurrogateHash;
        manifest.Inputs[$"corpus:{info.Corpus}"] = info.CorpusHash;
        manifest.Inputs[$"index:{options.Index}"] = Hashing.Sha256File(Path.Combine(session.Index.Directory, Manifest.FileName));
        manifest.Options = Json(new
        {
            options.Index,
            facts.Method,
            options.Options.DampingFactor,
            facts.Normalisation,
            facts.Tokens,
            facts.Members,
            Queries = queries.Queries.Count,
            Targets = queries.Targets.Count,
        });
        foreach (var (key, value) in Json(new
        {
            options.CommandLine,
            options.Options.DampingFactor,
            DampingPerModule = facts.Damping.Count == info.Modules.Count ? info.Modules.Select(m => m.Name).Zip(facts.Damping).ToDictionary(p => p.First, p => p.Second) : [],
            facts.Normalisation,
            TokenDefinition = facts.Tokens,
            Aggregation = AttributionMethods.Find(facts.Method).UsesModel
                ? "mean of the queries' gradients, each of the summed completion-token loss" : "mean of the queries' scores",
            Unit = queries.Targets.Count == 0 ? null : facts.Nats ?? (facts.HasUnit
                ? "uncalibrated: score / n is what the method predicts in nats for a document's removal, not what removal was measured to do"
                : facts.Normalisation == Normalisation.None ? "none: the method has no damped curvature; only order and shares mean something" : "normalised, no unit"),
            TokenizerHash = info.TokenizerHash,
            info.Parameters,
            Track = facts.Coverage is null ? (LayerScope?)null : info.Track,
            facts.Coverage,
            Drift = Staleness.Of(session) is not { } drift ? null : new { drift.State, drift.CheckedAt, drift.Verdict },
            Ensemble = facts.Members == 1 ? null : new { facts.Members, Aggregation = "mean of the members' scores; interval: Student's t, 95 %" },
            Fidelity = facts.MinFidelity is not { } least ? null : new
            {
                MinFidelity = double.IsFinite(least) ? least : (double?)null,
                Abstained = facts.Abstained.Select(q => q.Id),
                Forced = queries.Targets.Where((_, t) => facts.Fidelity.ElementAtOrDefault(t)?.Fidelity < least).Select(t => t.Id),
            },
            Prefilter = facts.Prefilter is not { } filter ? null : new { filter.Method, filter.Keep, facts.LeftOut, Bias = "documents that share no words with the answers have no score, however influential" },
            Calibration = facts.Calibration is not { } c ? null : new { c.Kind, c.Slope, c.SlopeInterval, c.Intercept, c.R2, c.ResidualDeviation, c.Pairs },
            Layers = facts.Layers is null ? null : info.Modules.Select(m => m.Name),
            Cascade = facts.Stages.Count == 0 ? null : facts.Stages,
            facts.Trust,
        }))
        {
            manifest.Details[key] = value?.DeepClone();
        }

        if (facts.Own is { } own)
        {
            manifest.Details[facts.Method] = JsonSerializer.SerializeToNode(own, own.GetType(), JsonDefaults.Options);
        }
    }

    private static JsonObject Json<T>(T value) => JsonSerializer.SerializeToNode(value, JsonDefaults.Options)!.AsObject();
}
