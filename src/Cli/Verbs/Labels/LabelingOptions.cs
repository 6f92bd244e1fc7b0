using Tda.GatewayHost.Terminal;
using Tda.Labels.Labelers;

namespace Tda.Cli.Verbs.Labels;

/// <summary>Options of the verbs that label.</summary>
internal static class LabelingOptions
{
    public static readonly Option<string> With = CliOption.Required("--with", "L", KnownLabelers.Spelling);
    public static readonly Option<string> Name = CliOption.Default("--name", "LABEL", "The label's name, of words: and llm: alone", "harm");
    public static readonly Option<int> Concurrency =
        CliOption.Default("--concurrency", "N", "Texts that a model behind an API judges at once, 1 to 256", new AskOptions().Concurrency);

    /// <summary>Opens the labeler.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static ILabeler Open(VerbContext context)
    {
        var (name, concurrency) = (context.Get(Name), context.Get(Concurrency));
        new OptionChecks()
            .Between("concurrency", concurrency, 1, 256)
            .Require(LabelCondition.IsName(name), $"name '{name}' must be 1 to 64 letters, digits, '.', '-' or '_'")
            .Throw("The labelling's");
        return KnownLabelers.Open(context.Home, context.Get(With), name, concurrency);
    }
}

/// <summary>Counts what a labeler said.</summary>
/// <param name="labeler">The labeler.</param>
internal sealed class LabelTally(ILabeler labeler)
{
    private readonly Dictionary<string, (int Yes, int No)> _labels = labeler.Labels.ToDictionary(label => label, _ => (0, 0), StringComparer.Ordinal);
    private string? _unclear;

    /// <summary>Texts that a result came for.</summary>
    public int Texts { get; private set; }

    /// <summary>Texts without a verdict.</summary>
    public int Unjudged { get; private set; }

    /// <summary>Texts that were longer than what was looked at.</summary>
    public int Cut => (int)labeler.Cut;

    /// <summary>Counts a result.</summary>
    public void Add(LabelResult result)
    {
        Texts++;
        if (result.Unclear is { } said)
        {
            Unjudged++;
            _unclear ??= said;
        }

        Add(result.Values);
    }

    /// <summary>Counts the values of a text.</summary>
    public void Add(IReadOnlyDictionary<string, double> values)
    {
        foreach (var (label, value) in values)
        {
            var (yes, no) = _labels.GetValueOrDefault(label);
            _labels[label] = value >= .5 ? (yes + 1, no) : (yes, no + 1);
        }
    }

    /// <summary>What a model behind an API was used for this, with its cost by the home's price list; null where none was used.</summary>
    /// <exception cref="BadInputException">The price list isn't one.</exception>
    public LabelingCost? Cost(TdaHome home)
    {
        if (labeler.Usage is not { } used)
        {
            return null;
        }

        var path = Path.Combine(home.Root, PriceList.FileName);
        var prices = File.Exists(path) ? PriceList.Read(path) : null;
        return new LabelingCost(used.Model, used.Calls, used.InputTokens, used.OutputTokens, prices?.Cost(used.Model, used.InputTokens, used.OutputTokens), prices?.Currency);
    }

    /// <summary>For JSON.</summary>
    public IReadOnlyList<object> Labels() => [.. _labels.Select(label => new { Label = label.Key, label.Value.Yes, label.Value.No })];

    /// <summary>Prints the counts.</summary>
    /// <param name="console">Where.</param>
    /// <param name="find">How the texts with a label are found.</param>
    public void Print(IAnsiConsole console, Func<string, string> find)
    {
        Say(console, Cut, "were longer than the model's windows: their ends were left out");
        Say(console, Unjudged, $"have no label, since the judge gave no verdict; it said: {_unclear}");
        console.WriteTable(
            ["label", "yes", "no", "found by"],
            _labels.Select(label => (string[])
                [label.Key, label.Value.Yes.ToString("N0", CultureInfo.InvariantCulture), label.Value.No.ToString("N0", CultureInfo.InvariantCulture), find(label.Key)]));
    }

    /// <summary>Prints what a model was used for, if one was.</summary>
    public static void Print(IAnsiConsole console, LabelingCost? cost)
    {
        if (cost is not null)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cost.Model} was asked {cost.Calls:N0} times: {cost.InputTokens:N0} tokens in, {cost.OutputTokens:N0} out, ")
                + (cost.Cost is { } sum ? string.Create(CultureInfo.InvariantCulture, $"{sum:0.0000} {cost.Currency}") : $"cost unknown ({PriceList.FileName} has no price of it)"));
        }
    }

    /// <summary>A line about a count, unless it is 0.</summary>
    public static void Say(IAnsiConsole console, int count, string what)
    {
        if (count > 0)
        {
            console.WriteLine($"{count:N0} {what}");
        }
    }
}

/// <summary>What a model behind an API was used for a labelling.</summary>
/// <param name="Model">The model.</param>
/// <param name="Calls">Answers that it gave.</param>
/// <param name="InputTokens">Tokens in.</param>
/// <param name="OutputTokens">Tokens out.</param>
/// <param name="Cost">What they cost; null where the price list has no price of the model.</param>
/// <param name="Currency">In what.</param>
internal sealed record LabelingCost(string Model, long Calls, long InputTokens, long OutputTokens, decimal? Cost, string? Currency);
