using System.Text.Json;
using System.Text.Json.Nodes;
using Tda.Core.Artifacts;
using Tda.Core.Json;
using Tda.Core.Queries;
using Tda.Core.Scores;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;

namespace Tda.Scoring.Attribution;

/// <summary>Writes <c>runs/&lt;id&gt;/</c>.</summary>
internal static class RunFiles
{
    /// <summary>Writes the run and returns its directory.</summary>
    public static string Write(
        string directory, bool replace, RunFacts facts, ScoringSession session, QuerySet queries, ScoreMatrix scores,
        IEnumerable<DocumentScore> ranking, IEnumerable<TokenScore>? tokens, ExcludedLedger apart, TimeProvider time)
    {
        // A document set apart has no column: a NaN or a zero in its place would be read as a score.
        var kept = Enumerable.Range(0, scores.Documents).Where(d => !float.IsNaN(scores[0, d])).ToArray();
        var columns = kept.Select(d => new ScoreRow(session.Rows.IdOf(d), session.Rows.Sources[d], 1, session.Rows.SequenceLength(d))).ToArray();
        var damping = facts.Method.Damping.Count == 0 ? 0 : facts.Method.Damping.Average();
        using var writer = ScoreRunWriter.Create(
            directory, new ScoreHeader(facts.Method.Name, damping, facts.Method.N),
            [.. queries.Targets.Select(t => Explained(t, queries))], columns, time, replace);
        Describe(writer.Manifest, facts, session, queries);
        for (var t = 0; t < scores.Targets; t++)
        {
            var target = t;
            writer.Append(Array.ConvertAll(kept, d => scores[target, d]));
        }
        writer.WriteTop(ranking);
        if (tokens is not null) writer.WriteTokens(tokens);
        JsonLines.Write(
            writer.PathOf("members.jsonl"),
            queries.Targets.SelectMany(t => t.Members.Select(q => new { Target = t.Id, Query = queries.Queries[q] })));
        JsonLines.Write(writer.PathOf("excluded.jsonl"), apart.Entries);
        writer.Commit();
        return directory;
    }

    // A target of several queries is named by what it is a mean of; its members are in members.jsonl.
    private static Query Explained(Target target, QuerySet queries) =>
        target.Members.Count == 1 && queries.Queries[target.Members[0]].Id == target.Id
        ? queries.Queries[target.Members[0]]
        : new Query(target.Id, string.Empty, $"({(target.Id == ScoreFormat.Differential ? "mean of the harmful less mean of the safe" : "mean")} of {target.Members.Count} queries)") { Label = target.Label };

    private static void Describe(Manifest manifest, RunFacts facts, ScoringSession session, QuerySet queries)
    {
        var info = session.Index.Info;
        manifest.Command = facts.Command;
        manifest.Seeds["index"] = info.Seed;
        manifest.Inputs[$"surrogate:{info.Surrogate}"] = info.SurrogateHash;
        manifest.Inputs[$"corpus:{info.Corpus}"] = info.CorpusHash;
        manifest.Inputs[$"index:{facts.Index}"] = Hashing.Sha256File(Path.Combine(session.Index.Directory, Manifest.FileName));
        manifest.Options = Json(new { facts.Index, Method = facts.Method.Name, facts.DampingFactor, facts.Normalisation, facts.Tokens, Queries = queries.Queries.Count, Targets = queries.Targets.Count });
        foreach (var (key, value) in Json(new
        {
            facts.DampingFactor,
            DampingPerModule = info.Modules.Select(m => m.Name).Zip(facts.Method.Damping).ToDictionary(p => p.First, p => p.Second),
            facts.Normalisation,
            TokenDefinition = facts.Tokens,
            Aggregation = "mean of the queries' gradients, each of the summed completion-token loss",
            Unit = facts.Normalisation == Normalisation.None ? "nats × n: removing a document changes the query's loss by about score / n" : "normalised, no unit",
            TokenizerHash = info.TokenizerHash,
        }))
        {
            manifest.Details[key] = value?.DeepClone();
        }
    }

    private static JsonObject Json<T>(T value) => JsonSerializer.SerializeToNode(value, JsonDefaults.Options)!.AsObject();
}
