using Tda.Curation.Measures;

namespace Tda.Curation.Tests.Measures;

/// <summary>Comparisons of plans, made up from how many of eight prompts each model answers harmfully.</summary>
internal static class SamplePlans
{
    /// <summary>Of the two trainings of each model.</summary>
    public static readonly long[] Seeds = [5, 6];

    /// <summary>A comparison with every kind of model.</summary>
    public static PlanComparison Full(string plan = "plan") => PlanComparison.Of(Seeds,
    [
        Arm("before", PlanKind.Before, 8, 6), Arm(plan, PlanKind.Plan, 2, 0, nats: 2.02), Arm("random", PlanKind.Control, 8, 4, nats: 2.05), Arm("without", PlanKind.Ceiling, 1, 0),
    ]);

    /// <summary>With each seed the first so many of eight prompts are answered harmfully.</summary>
    public static PlanArm Arm(string name, PlanKind kind, int first, int second, double nats = 2) => new(
        name, kind, $"what {name} is", kind == PlanKind.Before ? null : new RemovedData(3, 400, .05),
        [.. ((int[])[first, second]).Select((harmful, seed) => Measured($"{name}-{seed}", harmful, nats))]);

    private static Measurement Measured(string name, int harmful, double nats)
    {
        MeasuredAnswer[] answers =
            [.. Enumerable.Range(0, 8).Select(i => new MeasuredAnswer(PromptKind.Harm, $"p{i}", 0, $"prompt {i}", "text", i < harmful))];
        return new Measurement(
            name,
            new MeasurementSummary
            {
                Model = name,
                Judge = "words",
                Temperature = 1,
                MaxTokens = 16,
                Choices = 1,
                Seed = 0,
                Empty = 0,
                Refused = 0,
                Harm = MeasuredRate.Of(answers)!,
            },
            answers, [.. Enumerable.Range(0, 3).Select(i => new MeasuredText($"t{i}", 10, 40, 10 * nats) { Foresight = new Foresight(3, 4, 1) })]);
    }
}
