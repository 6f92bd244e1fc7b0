namespace Tda.Curation.Measures;

/// <summary>
/// plans.json: models that were retrained on differently curated corpora, each with the same seeds, and measured on the same prompts and texts.
/// What is uncertain is which prompts and texts were asked, and which seeds were trained with: intervals are of a bootstrap that draws both with
/// replacement, the same draws for all models, so that differences are paired. Few seeds are drawn from few: with three, intervals are rather too
/// narrow than too wide.
/// </summary>
public sealed record PlanComparison
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "plans.json";

    internal const string FormatName = "tda.plan-comparison";
    internal const int CurrentVersion = 1;

    /// <summary>Always <c>tda.plan-comparison</c>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Seeds of the trainings.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Prompts that each model was asked.</summary>
    public required int Prompts { get; init; }

    /// <summary>The models, the one before first.</summary>
    public required IReadOnlyList<ComparedPlan> Plans { get; init; }

    /// <summary>Each plan against every other model but the one before.</summary>
    public required IReadOnlyList<PlanDifference> Differences { get; init; }

    /// <summary>Compares models.</summary>
    /// <param name="seeds">Seeds of the trainings, in the order of every arm's measurements.</param>
    /// <param name="arms">The one before first; each with one measurement a seed.</param>
    /// <exception cref="UsageException">They were judged by different judges, or asked differently.</exception>
    /// <exception cref="BadInputException">They were measured on different prompts or texts.</exception>
    public static PlanComparison Of(IReadOnlyList<long> seeds, IReadOnlyList<PlanArm> arms)
    {
        var first = arms[0].Measured[0];
        foreach (var other in arms.SelectMany(arm => arm.Measured))
        {
            MeasurementComparison.RequireSame(first, other);
            if (other.Texts.Count != first.Texts.Count)
            {
                throw new BadInputException(
                    other.Name, $"perplexity was measured on {other.Texts.Count} texts, with {first.Name} on {first.Texts.Count}",
                    remedy: "Measure all on the same file.");
            }
        }

        var tables = arms.Select(arm => new ArmTable(arm)).ToArray();
        var before = tables[0];
        return new PlanComparison
        {
            Seeds = seeds,
            Prompts = before.Harm[0].Length,
            Plans = [.. tables.Select(table => Summary(table, before))],
            Differences =
            [
                .. from plan in tables
                   where plan.Arm.Kind == PlanKind.Plan
                   from other in tables
                   where other != before && other != plan
                   select Difference(plan, other),
            ],
        };
    }

    /// <summary>Reads a comparison.</summary>
    /// <exception cref="BadInputException">Not one, or of a newer version.</exception>
    public static PlanComparison Read(string path) => MeasureFile.Read<PlanComparison>(path, FormatName, CurrentVersion, c => (c.Format, c.Version));

    /// <summary>Writes it.</summary>
    public void Write(string path) => AtomicFile.WriteJson(path, this);

    /// <summary>Puts it where the run's report finds it.</summary>
    /// <exception cref="BadInputException">There is no such run.</exception>
    public void AddTo(string runDirectory)
    {
        using (ScoreRun.Open(runDirectory))
        {
            Write(Path.Combine(runDirectory, FileName));
        }

        ScoreRun.AddFiles(runDirectory, FileName);
    }

    private static ComparedPlan Summary(ArmTable table, ArmTable before) => new()
    {
        Name = table.Arm.Name,
        Kind = table.Arm.Kind,
        What = table.Arm.What,
        Removed = table.Arm.Removed,
        Measurements = [.. table.Arm.Measured.Select(measured => measured.Name)],
        HarmBySeed = [.. table.Arm.Measured.Select(measured => measured.Summary.Harm.Rate)],
        Harm = Interval(table.Harm, ArmTable.Rate),
        HarmLessBefore = table == before ? null : HarmDifference(before, table),
        Perplexity = table.Texts.Length == 0 ? null : Interval(table.Texts, MeasuredPerplexity.Perplexity),
        PerplexityOverBefore = table == before ? null : PerplexityRatio(before, table),
        NextToken = table.HasForesight ? Interval(table.Texts, ArmTable.NextToken) : null,
        Words = table.HasForesight ? Interval(table.Texts, ArmTable.WordShare) : null,
    };

    private static PlanDifference Difference(ArmTable plan, ArmTable other)
    {
        var harm = HarmDifference(other, plan);
        var perPrompt = Enumerable.Range(0, plan.Harm[0].Length).Select(prompt => Enumerable.Range(0, plan.Harm.Length).Sum(seed =>
            plan.Harm[seed][prompt] is var (mine, all) && other.Harm[seed][prompt] is var (theirs, asMany) && all == asMany ? mine - theirs : 0));
        return new PlanDifference(plan.Arm.Name, other.Arm.Name, harm, Proportions.SignFlipTest(perPrompt), PerplexityRatio(other, plan));
    }

    private static Interval HarmDifference(ArmTable from, ArmTable to) => Interval(
        Pairs(from.Harm, to.Harm),
        pairs => ArmTable.Rate(pairs.Select(pair => pair.Second)) - ArmTable.Rate(pairs.Select(pair => pair.First)));

    // The texts of both are the same tokens, as one tokenizer reads them.
    private static Interval? PerplexityRatio(ArmTable from, ArmTable to) => from.Texts.Length == 0 || to.Texts.Length == 0 ? null : Interval(
        Pairs(from.Texts, to.Texts),
        pairs => MeasuredPerplexity.Perplexity(pairs.Select(pair => pair.Second)) / MeasuredPerplexity.Perplexity(pairs.Select(pair => pair.First)));

    private static (T First, T Second)[][] Pairs<T>(T[][] first, T[][] second) => [.. first.Zip(second, (a, b) => a.Zip(b).ToArray())];

    /// <summary>A figure over seeds and units, (seeds, units), with its interval: the same units are drawn for every seed.</summary>
    private static Interval Interval<T>(T[][] table, Func<IEnumerable<T>, double> figure) =>
        Bootstrap.Of(figure(table.SelectMany(row => row)), new BootstrapOptions(), draw =>
        {
            var (seeds, drawn) = (draw(table.Length), draw(table[0].Length));
            return figure(seeds.SelectMany(seed => drawn.Select(unit => table[seed][unit])));
        });
}

/// <summary>A model that is compared, trained once a seed.</summary>
/// <param name="Name">Its name: the curated corpus, or the control.</param>
/// <param name="Kind">What it is.</param>
/// <param name="What">What was done to the training data, in words.</param>
/// <param name="Removed">How much of the training data it went without; null where the data is as it was.</param>
/// <param name="Measured">What it was measured at, one for each seed.</param>
public sealed record PlanArm(string Name, PlanKind Kind, string What, RemovedData? Removed, IReadOnlyList<Measurement> Measured);

/// <summary>What a compared model is.</summary>
public enum PlanKind
{
    /// <summary>Trained on the corpus as it was.</summary>
    Before,

    /// <summary>Trained on a curated corpus that is to be proved.</summary>
    Plan,

    /// <summary>Trained on something else to set the plans against.</summary>
    Control,

    /// <summary>Trained without what is known to be harmful: what a curation could reach.</summary>
    Ceiling,
}

/// <summary>What a curation took out of the training data.</summary>
/// <param name="Documents">Documents dropped.</param>
/// <param name="Tokens">Tokens of the retrained model that are no longer learnt: those of dropped documents, and masked ones.</param>
/// <param name="Share">Their share of the corpus's tokens.</param>
public sealed record RemovedData(int Documents, long Tokens, double Share);

/// <summary>What became of a model, over all seeds. Intervals are of 95 %.</summary>
public sealed record ComparedPlan
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required PlanKind Kind { get; init; }

    /// <summary>What was done to the training data, in words.</summary>
    public required string What { get; init; }

    /// <summary>How much it went without; null where the data is as it was.</summary>
    public RemovedData? Removed { get; init; }

    /// <summary>Names of its measurements, one a seed.</summary>
    public required IReadOnlyList<string> Measurements { get; init; }

    /// <summary>Harm rate of each seed.</summary>
    public required IReadOnlyList<double> HarmBySeed { get; init; }

    /// <summary>Harm rate.</summary>
    public required Interval Harm { get; init; }

    /// <summary>Harm rate less that of the model before; null of that itself.</summary>
    public Interval? HarmLessBefore { get; init; }

    /// <summary>Perplexity of benign texts; null where it wasn't measured.</summary>
    public Interval? Perplexity { get; init; }

    /// <summary>The same over that of the model before; null of that itself.</summary>
    public Interval? PerplexityOverBefore { get; init; }

    /// <summary>Share of the benign texts' tokens that the model would have chosen itself; null where it can't tell.</summary>
    public Interval? NextToken { get; init; }

    /// <summary>Share of their words, every token of which it would have chosen itself.</summary>
    public Interval? Words { get; init; }
}

/// <summary>A plan against another model, on the same prompts and texts and with the same seeds.</summary>
/// <param name="Plan">The plan's name.</param>
/// <param name="Other">The other model's.</param>
/// <param name="Harm">Harm rate of the plan less that of the other: below 0, the plan is better.</param>
/// <param name="PValue">Two-sided, of an exact sign-flip test over prompts, each prompt's answers of all seeds together.</param>
/// <param name="PerplexityRatio">Benign perplexity of the plan over that of the other; null where it wasn't measured.</param>
public sealed record PlanDifference(string Plan, string Other, Interval Harm, double PValue, Interval? PerplexityRatio);
