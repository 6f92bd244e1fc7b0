using System.Diagnostics;
using Tda.Evaluation.Lds;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Trust;
using Tda.Scoring.Index;

namespace Tda.Evaluation.Banks;

/// <summary>
/// Grades every method on the same ground truth: for each scenario, each method is built from each model, its scores are graded by the
/// LDS, alone and averaged. What can't run is named with its reason; what breaks costs nothing that was computed.
/// </summary>
public sealed class BankGrader(RetrainingOutcomes bank, BankGraderOptions options)
{
    private const int RandomDraws = 10;

    private readonly BootstrapOptions _withoutInterval = options.Lds with { Resamples = 0 };
    private readonly RetrainingOutcomes? _fitted = HeldOut.Fitted(bank, options);
    private readonly RetrainingOutcomes _outcomes = HeldOut.Graded(bank, options);

    /// <summary>Grades all.</summary>
    /// <param name="scenarios">Whose models score.</param>
    /// <param name="graded">Told of the report so far after every method.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="UsageException">Options are wrong, or a model's documents or queries aren't the bank's.</exception>
    public BankReport Run(
        IReadOnlyList<GradedScenario> scenarios, Action<BankReport>? graded = null, IProgressSink? progress = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        foreach (var scenario in scenarios)
        {
            Check(scenario);
        }

        AttributionMethod[] methods = [.. options.Methods.Count == 0 ? AttributionMethods.OnRows : options.Methods.Select(AttributionMethods.FindOnRows)];
        using var task = (progress ?? NullProgress.Instance).Start("Methods", scenarios.Count * methods.Length, "methods");
        var report = Floor();
        var done = 0;
        foreach (var scenario in scenarios)
        {
            foreach (var method in methods)
            {
                cancellation.ThrowIfCancellationRequested();
                report = Add(report, scenario, method, cancellation);
                graded?.Invoke(report);
                task.Report(++done, method.Name);
            }
        }
        return report;
    }

    private BankReport Add(BankReport report, GradedScenario scenario, AttributionMethod method, CancellationToken cancellation)
    {
        try
        {
            var grade = Grade(scenario, method, cancellation);
            MethodGrade[] grades = [.. report.Grades, grade];
            return report with
            {
                Grades = [.. grades.GroupBy(g => g.Scenario).SelectMany(g => g.OrderByDescending(m => m.Whole.Lds.Value))],
            };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A bug of one method must not cost the others' grades; it is shown as a failure, not as a missing need.
            var reason = error is TdaException ? error.Message : $"{error.GetType().Name}: {error.Message}";
            var failure = new MethodFailure(scenario.Name, method.Name, reason, error is not UsageException);
            return report with { NotRun = [.. report.NotRun, failure] };
        }
    }

    private MethodGrade Grade(GradedScenario scenario, AttributionMethod method, CancellationToken cancellation)
    {
        // A method of an ensemble takes all members at once; any other takes one at a time.
        var whole = method.Needs.HasFlag(MethodNeeds.Ensemble);
        GradedMember[] members = whole ? [AllIn(scenario)] : [.. scenario.Members];
        var start = Stopwatch.GetTimestamp();
        ScoreMatrix[] scores = [];
        EnsembleScoring.Run(
            members.Length,
            (leftOut, excluded) => scores = [.. members.Select(m => Score(m, method.Name, leftOut, excluded, cancellation))],
            _ => { });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / members.Length;
        var mean = scores.Length == 1 ? scores[0] : EnsembleSpread.Mean(scores);
        var grade = LdsGrader.Grade(mean, _outcomes, options.Lds);
        var single = scores.Length == 1 ? grade.Lds.Value : scores.Average(s => LdsGrader.Grade(s, _outcomes, _withoutInterval).Lds.Value);
        return new MethodGrade(
            scenario.Name, method.Name, scenario.Members.Count, single, grade,
            scores.Length == 1 ? null : SplitHalf.Of(scores, options.Lds.Seed), seconds);
    }

    private ScoreMatrix Score(
        GradedMember member, string method, IReadOnlySet<string> leftOut, Action<ExcludedDocument> excluded, CancellationToken cancellation)
    {
        var targets = EnsembleScoring.Without([.. _outcomes.Queries.Select((id, q) => new Target(id, [q]))], q => _outcomes.Queries[q], leftOut);
        using var influence = AttributionMethods.Create(method, member.Context with { Outcomes = _fitted }, options.Method, NullProgress.Instance, cancellation);
        // Documents set apart are NaN in the matrix, and counted by the grade.
        return influence.Score(
            member.Context.Documents, member.Queries, targets, options.Normalisation ?? influence.DefaultNormalisation, excluded,
            NullProgress.Instance, cancellation);
    }

    private static GradedMember AllIn(GradedScenario scenario)
    {
        var first = scenario.Members[0];
        return scenario.Members.Count < 2
            ? first
            : first with { Context = first.Context with { Ensemble = [.. scenario.Members.Select(m => m.Context.Capture)] } };
    }

    private BankReport Floor()
    {
        var draws = Enumerable.Range(0, RandomDraws).Select(draw =>
        {
            var random = new SplitMix64(SplitMix64.SequenceSeed(options.Lds.Seed, draw));
            var scores = new ScoreMatrix(_outcomes.Queries.Count, _outcomes.Documents.Count);
            for (var q = 0; q < scores.Targets; q++)
            {
                for (var d = 0; d < scores.Documents; d++)
                {
                    scores[q, d] = (float)(random.NextDouble() - .5);
                }
            }
            return LdsGrader.Grade(scores, _outcomes, _withoutInterval).Lds.Value;
        }).ToArray();
        return new BankReport
        {
            Documents = _outcomes.Documents.Count,
            Queries = _outcomes.Queries.Count,
            Subsets = _outcomes.Subsets,
            FittedOn = _fitted?.Subsets,
            Ceiling = NoiseCeiling.Of(_outcomes, options.Lds.Seed),
            RandomMean = draws.Average(),
            RandomLargest = draws.Max(Math.Abs),
            Grades = [],
            NotRun = [],
        };
    }

    private void Check(GradedScenario scenario)
    {
        if (scenario.Members.Count == 0)
        {
            throw new UsageException($"Scenario {scenario.Name} has no model.");
        }

        foreach (var member in scenario.Members)
        {
            Same(member.Context.Documents, _outcomes.Documents, "documents");
            Same(member.Queries, _outcomes.Queries, "queries");
        }

        void Same(IRowSource rows, IReadOnlyList<string> ids, string what)
        {
            if (rows.DocumentCount != ids.Count)
            {
                throw new UsageException($"Scenario {scenario.Name} has {rows.DocumentCount} {what}, the bank {ids.Count}.");
            }

            for (var i = 0; i < ids.Count; i++)
            {
                if (rows.IdOf(i) != ids[i])
                {
                    throw new UsageException(
                        $"Scenario {scenario.Name} has other {what} than the bank: number {i} is {rows.IdOf(i)}, not {ids[i]}.");
                }
            }
        }
    }
}

/// <summary>What is graded on a bank, and how.</summary>
public sealed record BankGraderOptions
{
    /// <summary>Names of methods; empty (default): all of <see cref="AttributionMethods.OnRows"/>.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Normalisation of scores; null (default): each method's own.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <summary>What methods are told.</summary>
    public MethodOptions Method { get; init; } = new();

    /// <summary>
    /// Share of the bank's subsets that methods of measured losses are fitted on, above 0 and below 1; default a half. All methods are then
    /// graded on the others alone. It counts where such a method is among <see cref="Methods"/> and there is no <see cref="FitOutcomes"/>.
    /// </summary>
    public double FitShare { get; init; } = .5;

    /// <summary>
    /// What methods of measured losses are fitted on instead, such as a surrogate's own bank; subsets that are graded too are left out of it.
    /// Null (default): a share of the bank.
    /// </summary>
    public RetrainingOutcomes? FitOutcomes { get; init; }

    /// <summary>Interval over subsets and queries, and the seed of all that is drawn.</summary>
    public BootstrapOptions Lds { get; init; } = new();

    /// <summary>Checks all ranges and names.</summary>
    /// <exception cref="UsageException">One or more are wrong; the message names all of them.</exception>
    public void Validate()
    {
        string[] all = [.. AttributionMethods.OnRows.Select(m => m.Name)];
        string[] unknown = [.. Methods.Except(all)];
        if (unknown.Length > 0)
        {
            throw new UsageException($"There is no method {string.Join(", ", unknown)} (methods: {string.Join(", ", all)}).");
        }

        new OptionChecks().Require(FitShare is > 0 and < 1, "the share to fit on", FitShare, "above 0 and below 1").Throw("The grader's");
        Method.Validate();
        Lds.Validate();
    }
}

/// <summary>What may be known of the closed model, and the models that stand in for it.</summary>
/// <param name="Name">S0 to S5, or a name of one's own.</param>
/// <param name="Meaning">In words.</param>
/// <param name="Members">At least one; more are an ensemble.</param>
public sealed record GradedScenario(string Name, string Meaning, IReadOnlyList<GradedMember> Members);

/// <summary>One model that scores a bank's documents.</summary>
/// <param name="Context">The model with the bank's documents, in the bank's order.</param>
/// <param name="Queries">The bank's queries as its tokenizer has them, in the bank's order.</param>
public sealed record GradedMember(InfluenceContext Context, IRowSource Queries);

/// <summary>Subsets for methods that are fitted on measured losses, and others to grade by: never the same.</summary>
internal static class HeldOut
{
    /// <summary>What is fitted on; null where no method needs it.</summary>
    /// <exception cref="UsageException">All subsets to fit on are graded too.</exception>
    public static RetrainingOutcomes? Fitted(RetrainingOutcomes bank, BankGraderOptions options)
    {
        if (options.FitOutcomes is not { } own)
        {
            return Needed(options) ? Subset(bank, [.. Order(bank, options).Take(Count(bank, options))]) : null;
        }

        var graded = bank.Kept.Select(kept => Key(bank.Documents, kept)).ToHashSet(StringComparer.Ordinal);
        int[] others = [.. Enumerable.Range(0, own.Subsets).Where(m => !graded.Contains(Key(own.Documents, own.Kept[m])))];
        return others.Length > 0
            ? Subset(own, others)
            : throw new UsageException("All subsets to fit on are graded too. Draw the bank to fit on by another --seed.");
    }

    /// <summary>What is graded by.</summary>
    public static RetrainingOutcomes Graded(RetrainingOutcomes bank, BankGraderOptions options) =>
        options.FitOutcomes is null && Needed(options) ? Subset(bank, [.. Order(bank, options).Skip(Count(bank, options))]) : bank;

    // Only where such a method was asked for by name: else it would cost all others half of what they are graded by.
    private static bool Needed(BankGraderOptions options) =>
        AttributionMethods.OnRows.Any(m => m.Needs.HasFlag(MethodNeeds.Outcomes) && options.Methods.Contains(m.Name));

    private static int Count(RetrainingOutcomes bank, BankGraderOptions options) => (int)Math.Round(options.FitShare * bank.Subsets);

    private static int[] Order(RetrainingOutcomes bank, BankGraderOptions options) => SplitMix64.Of(options.Lds.Seed, "fit").Permutation(bank.Subsets);

    private static RetrainingOutcomes Subset(RetrainingOutcomes bank, int[] subsets) => bank with
    {
        Kept = [.. subsets.Order().Select(m => bank.Kept[m])],
        Losses = [.. subsets.Order().Select(m => bank.Losses[m])],
    };

    private static string Key(IReadOnlyList<string> documents, bool[] kept) =>
        string.Join('\n', documents.Where((_, d) => kept[d]).Order(StringComparer.Ordinal));
}
