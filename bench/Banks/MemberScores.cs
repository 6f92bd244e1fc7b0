using Tda.Evaluation.Banks;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Methods;

namespace Tda.Bench.Banks;

/// <summary>What one model says of a bank's documents.</summary>
internal static class MemberScores
{
    /// <summary>Scores (queries, documents) by a method, every query by itself.</summary>
    /// <param name="member">The model, with the bank's documents and queries.</param>
    /// <param name="queries">The bank's queries.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="cancel">Stops it.</param>
    public static ScoreMatrix Of(GradedMember member, IReadOnlyList<string> queries, string method, MethodOptions options, CancellationToken cancel)
    {
        Target[] targets = [.. queries.Select((id, q) => new Target(id, [q]))];
        using var influence = AttributionMethods.Create(method, member.Context, options, NullProgress.Instance, cancel);
        return influence.Score(
            member.Context.Documents, member.Queries, targets, influence.DefaultNormalisation, _ => { }, NullProgress.Instance, cancel);
    }
}
