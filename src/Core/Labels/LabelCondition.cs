namespace Tda.Core.Labels;

/// <summary>A label and what its value must be: <c>toxic&gt;=.5</c>.</summary>
/// <param name="Label">The label's name.</param>
/// <param name="Bound">What its value is compared with.</param>
public sealed record LabelCondition(string Label, LabelBound Bound)
{
    private const int LongestName = 64;

    /// <summary>The signs of the comparisons, those of two letters first, so that &gt;= isn't read as &gt;.</summary>
    public static IReadOnlyList<(string Sign, LabelComparison Comparison)> Signs { get; } =
        [(">=", LabelComparison.AtLeast), ("<=", LabelComparison.AtMost), (">", LabelComparison.Above), ("<", LabelComparison.Below)];

    /// <summary>What holds where this doesn't.</summary>
    public LabelCondition Complement => this with
    {
        Bound = Bound with
        {
            Comparison = Bound.Comparison switch
            {
                LabelComparison.AtLeast => LabelComparison.Below,
                LabelComparison.Above => LabelComparison.AtMost,
                LabelComparison.AtMost => LabelComparison.Above,
                _ => LabelComparison.AtLeast,
            },
        },
    };

    /// <summary>Reads <c>NAME</c>, which means at least .5, or <c>NAME</c> with &gt;=, &gt;, &lt;= or &lt; and a value from 0 to 1.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static LabelCondition Parse(string text)
    {
        foreach (var (sign, comparison) in Signs)
        {
            if (text.IndexOf(sign, StringComparison.Ordinal) is var at and >= 0)
            {
                return double.TryParse(text[(at + sign.Length)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
                    && text[..at].Trim() is { Length: > 0 } name
                    ? new LabelCondition(name, new LabelBound(comparison, value))
                    : throw Wrong(text);
            }
        }

        return text.Trim() is { Length: > 0 } label ? new LabelCondition(label, LabelBound.Likely) : throw Wrong(text);
    }

    /// <summary>Whether a text can be a label's name: 1 to 64 letters, digits, '.', '-' or '_'.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= LongestName && text.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>A name made of any text: what isn't allowed becomes '_'.</summary>
    public static string NameOf(string text)
    {
        var name = string.Concat(text.Trim().Select(c => IsName(c.ToString()) ? char.ToLowerInvariant(c) : '_'));
        return name.Length switch { 0 => "_", > LongestName => name[..LongestName], _ => name };
    }

    /// <summary>Whether a value meets it.</summary>
    public bool Holds(double value) => Bound.Comparison switch
    {
        LabelComparison.AtLeast => value >= Bound.Value,
        LabelComparison.Above => value > Bound.Value,
        LabelComparison.AtMost => value <= Bound.Value,
        _ => value < Bound.Value,
    };

    /// <summary>As <see cref="Parse"/> and filters of the log read it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Label}{Signs.First(pair => pair.Comparison == Bound.Comparison).Sign}{Bound.Value}");

    private static UsageException Wrong(string text) => new($"'{text}' isn't a condition on a label; write one such as toxic>=.5, with a value from 0 to 1");
}

/// <summary>What a label's value is compared with.</summary>
/// <param name="Comparison">How.</param>
/// <param name="Value">With what, 0 to 1.</param>
public sealed record LabelBound(LabelComparison Comparison, double Value)
{
    /// <summary>What a label without a comparison means: more likely than not.</summary>
    public static LabelBound Likely { get; } = new(LabelComparison.AtLeast, .5);
}

/// <summary>How a label's value is compared.</summary>
public enum LabelComparison
{
    /// <summary>&gt;=</summary>
    AtLeast,

    /// <summary>&gt;</summary>
    Above,

    /// <summary>&lt;=</summary>
    AtMost,

    /// <summary>&lt;</summary>
    Below,
}
