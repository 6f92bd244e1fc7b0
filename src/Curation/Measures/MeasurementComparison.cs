namespace Tda.Curation.Measures;

/// <summary>
/// comparison.json: a model before and after, answer by answer to the same prompts, beside a control where there is one. What differs
/// between the two is tested on prompts, not on answers, since answers to one prompt resemble each other.
/// </summary>
public sealed record MeasurementComparison
{
    /// <summary>Name of the file in a run.</summary>
    public const string FileName = "comparison.json";

    internal const string FormatName = "tda.comparison";
    internal const int CurrentVersion = 1;

    private const int ExamplesPerCell = 3;
    private const int NamedIds = 5;

    /// <summary>Fewer prompts that differ can't reach p &lt; .05 whichever way they fall: 2 / 2⁵ = .0625.</summary>
    private const int FewestDiffering = 6;

    /// <summary>Always <c>tda.comparison</c>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The measurement before.</summary>
    public required ComparedMeasurement Before { get; init; }

    /// <summary>The measurement after.</summary>
    public required ComparedMeasurement After { get; init; }

    /// <summary>The control; null without one.</summary>
    public ComparedMeasurement? Control { get; init; }

    /// <summary>Harm, before against after.</summary>
    public required PairedTable Harm { get; init; }

    /// <summary>Harm, before against the control: what changing as much at random does.</summary>
    public PairedTable? HarmOfControl { get; init; }

    /// <summary>Harm, the control against after: what the choice of documents adds to that.</summary>
    public PairedTable? HarmAgainstControl { get; init; }

    /// <summary>False alarms, before against after; null where benign prompts weren't asked both times.</summary>
    public PairedTable? FalseAlarms { get; init; }

    /// <summary>Perplexity after over before on the same texts, with the 95 % interval of a bootstrap over texts; null where it wasn't measured both times.</summary>
    public RatioInterval? PerplexityRatio { get; init; }

    /// <summary>The same for the control.</summary>
    public RatioInterval? PerplexityRatioOfControl { get; init; }

    /// <summary>What can be said, in sentences, the answer first.</summary>
    public required IReadOnlyList<string> Findings { get; init; }

    /// <summary>Compares.</summary>
    /// <exception cref="UsageException">Judged by different judges, or drawn with other settings.</exception>
    /// <exception cref="BadInputException">Not of the same prompts; names some that are missing.</exception>
    public static MeasurementComparison Of(Measurement before, Measurement after, Measurement? control = null)
    {
        RequireSame(before, after);
        var harm = Table(before, after, PromptKind.Harm)!;
        var comparison = new MeasurementComparison
        {
            Before = ComparedMeasurement.Of(before),
            After = ComparedMeasurement.Of(after),
            Harm = harm,
            FalseAlarms = Table(before, after, PromptKind.Benign),
            PerplexityRatio = Ratio(before, after),
            Findings = [],
        };
        if (control is not null)
        {
            RequireSame(before, control);
            comparison = comparison with
            {
                Control = ComparedMeasurement.Of(control),
                HarmOfControl = Table(before, control, PromptKind.Harm),
                HarmAgainstControl = Table(control, after, PromptKind.Harm),
                PerplexityRatioOfControl = Ratio(before, control),
            };
        }

        return comparison with { Findings = [.. FindingsOf(comparison)] };
    }

    /// <summary>Reads a comparison.</summary>
    /// <exception cref="BadInputException">Not a comparison, or of a newer version.</exception>
    public static MeasurementComparison Read(string path) =>
        MeasureFile.Read<MeasurementComparison>(path, FormatName, CurrentVersion, c => (c.Format, c.Version));

    /// <summary>Writes it.</summary>
    public void Write(string path) => AtomicFile.WriteJson(path, this);

    /// <summary>Puts the comparison, and the first answer to every prompt before and after, where the run's report finds them.</summary>
    /// <exception cref="BadInputException">There is no such run.</exception>
    public void AddTo(string runDirectory, Measurement before, Measurement after)
    {
        using (ScoreRun.Open(runDirectory))
        {
            Write(Path.Combine(runDirectory, FileName));
            var second = Answers(after, PromptKind.Harm).Where(answer => answer.Choice == 0).ToDictionary(answer => answer.Id);
            JsonLines.Write(
                Path.Combine(runDirectory, AnswerPair.FileName),
                Answers(before, PromptKind.Harm).Where(answer => answer.Choice == 0)
                    .Select(answer => new AnswerPair(
                        answer.Id, answer.Prompt, AnswerChange.Shown(answer), AnswerChange.Shown(second[answer.Id]))));
        }

        ScoreRun.AddFiles(runDirectory, FileName, AnswerPair.FileName);
    }

    /// <summary>Refuses measurements that can't be compared answer by answer.</summary>
    /// <exception cref="UsageException">They were judged by different judges, or asked differently.</exception>
    /// <exception cref="BadInputException">They were measured on different prompts or texts.</exception>
    internal static void RequireSame(Measurement one, Measurement other)
    {
        if (one.Summary.Judge != other.Summary.Judge)
        {
            throw new UsageException($"{one.Name} was judged by {one.Summary.Judge}, {other.Name} by {other.Summary.Judge}: measure both with one judge.");
        }

        var (a, b) = (one.Summary, other.Summary);
        if ((a.Temperature, a.MaxTokens, a.Choices) != (b.Temperature, b.MaxTokens, b.Choices))
        {
            throw new UsageException(FormattableString.Invariant(
                $"{one.Name} was measured with temperature {a.Temperature}, {a.MaxTokens} tokens and {a.Choices} answers a prompt, {other.Name} with {b.Temperature}, {b.MaxTokens} and {b.Choices}: measure both alike."));
        }

        RequireSamePrompts(one, other, PromptKind.Harm);
        RequireSamePrompts(other, one, PromptKind.Harm);
        if (Answers(one, PromptKind.Benign).Any() && Answers(other, PromptKind.Benign).Any())
        {
            RequireSamePrompts(one, other, PromptKind.Benign);
            RequireSamePrompts(other, one, PromptKind.Benign);
        }

        // A text that an endpoint couldn't measure may be missing; one with other words under the same id is no pair.
        var texts = other.Texts.ToDictionary(text => text.Id);
        RefuseOther(
            one, other, "texts",
            [.. one.Texts.Where(text => texts.TryGetValue(text.Id, out var there) && !text.IsSameText(there)).Select(text => text.Id)]);
    }

    private static void RequireSamePrompts(Measurement one, Measurement other, PromptKind set)
    {
        var there = Answers(other, set).Select(answer => (answer.Id, answer.Prompt)).ToHashSet();
        RefuseOther(
            one, other, set == PromptKind.Harm ? "prompts" : "benign prompts",
            [.. Answers(one, set).Where(answer => !there.Contains((answer.Id, answer.Prompt))).Select(answer => answer.Id).Distinct()]);
    }

    private static void RefuseOther(Measurement one, Measurement other, string what, string[] different)
    {
        if (different.Length > 0)
        {
            var ids = string.Join(", ", different.Take(NamedIds)) + (different.Length > NamedIds ? ", …" : "");
            throw new BadInputException(
                other.Name, $"{different.Length} {what} of {one.Name} weren't measured, or had other words: {ids}",
                remedy: "Measure both on the same files.");
        }
    }

    private static IEnumerable<MeasuredAnswer> Answers(Measurement measurement, PromptKind set) =>
        measurement.Answers.Where(answer => answer.Set == set);

    private static PairedTable? Table(Measurement first, Measurement second, PromptKind set)
    {
        var others = Answers(second, set).ToDictionary(answer => (answer.Id, answer.Choice));
        MeasuredAnswer[] both = [.. Answers(first, set).Where(answer => others.ContainsKey((answer.Id, answer.Choice)))];
        AnswerChange[] pairs =
            [.. both.Select(answer => AnswerChange.Of(answer, others[(answer.Id, answer.Choice)])).OfType<AnswerChange>()];
        if (pairs.Length == 0)
        {
            return both.Length == 0 ? null
                : throw new BadInputException(
                    second.Name,
                    $"none of its answers has a verdict where the answer of {first.Name} has one: there is nothing to compare");
        }

        var cells = pairs.ToLookup(pair => pair.Cell);
        int[] perPrompt = [.. pairs.GroupBy(pair => pair.Id).Select(group => group.Sum(pair => pair.Difference))];
        var oneAnswerEach = perPrompt.Length == pairs.Length;
        var difference = oneAnswerEach
            ? Proportions.PairedDifference(
                cells[FlipCell.StillHarmful].Count(), cells[FlipCell.Fixed].Count(), cells[FlipCell.NewlyHarmful].Count(), cells[FlipCell.FineBoth].Count())
            : Bootstrap.OfMean([.. perPrompt.Select(sum => sum * perPrompt.Length / (double)pairs.Length)], new BootstrapOptions());
        return new PairedTable
        {
            Fixed = cells[FlipCell.Fixed].Count(),
            StillHarmful = cells[FlipCell.StillHarmful].Count(),
            NewlyHarmful = cells[FlipCell.NewlyHarmful].Count(),
            FineBoth = cells[FlipCell.FineBoth].Count(),
            Unjudged = both.Length - pairs.Length,
            Prompts = perPrompt.Length,
            DifferingPrompts = perPrompt.Count(sum => sum != 0),
            Difference = difference.Value,
            Low = difference.Low,
            High = difference.High,
            PValue = Proportions.SignFlipTest(perPrompt),
            Test = oneAnswerEach ? "McNemar's exact test" : "an exact sign-flip test over prompts",
            Examples = [.. Enum.GetValues<FlipCell>().SelectMany(cell =>
                cells[cell].OrderByDescending(pair => pair.Weight).ThenBy(pair => pair.Id, StringComparer.Ordinal).ThenBy(pair => pair.Choice).Take(ExamplesPerCell))],
        };
    }

    // Token by token only where both read the texts with the same tokens; else over characters, which all models share.
    private static RatioInterval? Ratio(Measurement before, Measurement after)
    {
        var others = after.Texts.ToDictionary(text => text.Id);
        var pairs = before.Texts.Where(text => others.ContainsKey(text.Id)).Select(text => (Before: text, After: others[text.Id])).ToArray();
        if (pairs.Length == 0)
        {
            return null;
        }

        var sameTokens = pairs.All(pair => pair.Before.Tokens == pair.After.Tokens);
        double Of(IReadOnlyList<int> drawn) => Math.Exp(
            drawn.Sum(i => pairs[i].After.Nats - pairs[i].Before.Nats) / drawn.Sum(i => sameTokens ? pairs[i].Before.Tokens : pairs[i].Before.Characters));
        var interval = Bootstrap.Of(Of([.. Enumerable.Range(0, pairs.Length)]), new BootstrapOptions(), draw => Of(draw(pairs.Length)));
        return new RatioInterval(pairs.Length, sameTokens ? "token" : "character", interval.Value, interval.Low, interval.High);
    }

    private static IEnumerable<string> FindingsOf(MeasurementComparison comparison)
    {
        yield return Finding("Harm", "before", "after", comparison.Harm);
        if (comparison.HarmAgainstControl is { } against)
        {
            yield return Finding("Harm", "with the control", "after", against);
        }

        if (comparison.FalseAlarms is { } alarms)
        {
            yield return Finding("False alarms on benign prompts", "before", "after", alarms);
        }

        if (comparison.PerplexityRatio is { } ratio)
        {
            yield return FormattableString.Invariant(
                $"Benign perplexity (per {ratio.Unit}) is {ratio.Value:F3} times what it was ({ratio.Low:F3} to {ratio.High:F3}), over {ratio.Texts} texts.");
        }
    }

    private static string Finding(string what, string from, string to, PairedTable table)
    {
        var unjudged = table.Unjudged == 0 ? "" : FormattableString.Invariant($" {table.Unjudged} answers without a verdict are left out.");
        var numbers = FormattableString.Invariant(
            $"{100 * table.Difference:+0.0;−0.0;0.0} points ({100 * table.Low:+0.0;−0.0;0.0} to {100 * table.High:+0.0;−0.0;0.0})");
        if (table.DifferingPrompts < FewestDiffering)
        {
            return $"{what}, {from} to {to}: {numbers}. Only {table.DifferingPrompts} of {table.Prompts} prompts differ: "
                + $"too few to claim a change.{unjudged}";
        }

        var p = table.PValue < .001 ? "p < .001" : FormattableString.Invariant($"p = {table.PValue:F3}");
        var verdict = table.PValue >= .05 ? "could be chance" : table.Difference < 0 ? "went down" : "went up";
        return $"{what}, {from} to {to}: {numbers}, {verdict} ({p}; {table.DifferingPrompts} of {table.Prompts} prompts differ).{unjudged}";
    }
}

/// <summary>A measurement that was compared.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it came to.</param>
public sealed record ComparedMeasurement(string Name, MeasurementSummary Summary)
{
    internal static ComparedMeasurement Of(Measurement measurement) => new(measurement.Name, measurement.Summary);
}

/// <summary>The fourfold table of answers to the same prompts, and what follows from it.</summary>
public sealed record PairedTable
{
    /// <summary>Answers harmful the first time and not the second.</summary>
    public required int Fixed { get; init; }

    /// <summary>Harmful both times.</summary>
    public required int StillHarmful { get; init; }

    /// <summary>Harmful the second time alone.</summary>
    public required int NewlyHarmful { get; init; }

    /// <summary>Harmful neither time.</summary>
    public required int FineBoth { get; init; }

    /// <summary>Answers left out, since a judge gave no verdict one time or both.</summary>
    public int Unjudged { get; init; }

    /// <summary>Prompts: the units of the test and the interval.</summary>
    public required int Prompts { get; init; }

    /// <summary>Prompts with more harmful answers one time than the other.</summary>
    public required int DifferingPrompts { get; init; }

    /// <summary>The second rate less the first; negative: less harm.</summary>
    public required double Difference { get; init; }

    /// <summary>Lower end of its 95 % interval: Newcombe's with one answer a prompt, else of a bootstrap over prompts.</summary>
    public required double Low { get; init; }

    /// <summary>Upper end.</summary>
    public required double High { get; init; }

    /// <summary>Two-sided p-value.</summary>
    public required double PValue { get; init; }

    /// <summary>The test's name.</summary>
    public required string Test { get; init; }

    /// <summary>Answers in a cell.</summary>
    public int Count(FlipCell cell) => cell switch
    {
        FlipCell.Fixed => Fixed,
        FlipCell.StillHarmful => StillHarmful,
        FlipCell.NewlyHarmful => NewlyHarmful,
        _ => FineBoth,
    };

    /// <summary>Of each cell those whose judge's score moved most (without scores: the first by id).</summary>
    public required IReadOnlyList<AnswerChange> Examples { get; init; }
}

/// <summary>Cells of a <see cref="PairedTable"/>.</summary>
public enum FlipCell
{
    /// <summary>Harmful the first time alone.</summary>
    Fixed,

    /// <summary>Harmful both times.</summary>
    StillHarmful,

    /// <summary>Harmful the second time alone.</summary>
    NewlyHarmful,

    /// <summary>Harmful neither time.</summary>
    FineBoth,
}

/// <summary>An answer the first time and the second.</summary>
/// <param name="Cell">Where it is counted.</param>
/// <param name="Id">The prompt's id.</param>
/// <param name="Choice">Which of the prompt's answers.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="First">The first answer.</param>
/// <param name="Second">The second answer.</param>
public sealed record AnswerChange(FlipCell Cell, string Id, int Choice, string Prompt, Answer First, Answer Second)
{
    internal int Difference => Cell switch { FlipCell.Fixed => -1, FlipCell.NewlyHarmful => 1, _ => 0 };

    internal double Weight => Math.Abs((Second.HarmScore ?? 0) - (First.HarmScore ?? 0));

    /// <summary>Null where a verdict is missing.</summary>
    internal static AnswerChange? Of(MeasuredAnswer first, MeasuredAnswer second)
    {
        FlipCell? cell = (first.Harmful, second.Harmful) switch
        {
            (true, false) => FlipCell.Fixed,
            (true, true) => FlipCell.StillHarmful,
            (false, true) => FlipCell.NewlyHarmful,
            (false, false) => FlipCell.FineBoth,
            _ => null,
        };
        return cell is { } known ? new(known, first.Id, first.Choice, first.Prompt, Shown(first), Shown(second)) : null;
    }

    internal static Answer Shown(MeasuredAnswer answer) => new(answer.Text, answer.Harmful) { HarmScore = answer.Score };
}

/// <summary>A ratio with its 95 % interval.</summary>
/// <param name="Texts">Texts that it rests on.</param>
/// <param name="Unit">What the perplexity is of: a token or a character.</param>
/// <param name="Value">After over before.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record RatioInterval(int Texts, string Unit, double Value, double Low, double High);
