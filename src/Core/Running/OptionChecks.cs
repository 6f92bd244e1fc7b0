namespace Tda.Core.Running;

/// <summary>Checks the ranges of options and collects what is wrong, so that the user is told of all errors at once.</summary>
public sealed class OptionChecks
{
    private readonly List<string> _errors = [];

    /// <summary>What is wrong, one sentence without a full stop each.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>A number from <paramref name="lowest"/> to <paramref name="highest"/>, both allowed; NaN never is.</summary>
    public OptionChecks Between(string name, double value, double lowest, double highest) =>
        Require(value >= lowest && value <= highest, name, value, $"between {Text(lowest)} and {Text(highest)}");

    /// <summary>A finite number of at least <paramref name="lowest"/>; null, a default, passes.</summary>
    public OptionChecks AtLeast(string name, double? value, double lowest) =>
        Require(value is null || (value >= lowest && double.IsFinite(value.Value)), name, value ?? lowest, $"at least {Text(lowest)}");

    /// <summary>A finite number above <paramref name="bound"/>; null, a default, passes.</summary>
    public OptionChecks Above(string name, double? value, double bound) =>
        Require(value is null || (value > bound && double.IsFinite(value.Value)), name, value ?? bound, $"above {Text(bound)}");

    /// <summary>A condition of another kind.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="name">The option's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="bounds">What it must be, such as <c>above 0 and at most 1</c>.</param>
    public OptionChecks Require(bool holds, string name, double value, string bounds)
    {
        if (!holds)
        {
            _errors.Add($"{name} is {Text(value)}; it must be {bounds}");
        }

        return this;
    }

    /// <summary>A condition that isn't about a number.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="error">What is wrong if it doesn't, a sentence without a full stop.</param>
    public OptionChecks Require(bool holds, FormattableString error)
    {
        if (!holds)
        {
            _errors.Add(FormattableString.Invariant(error));
        }

        return this;
    }

    /// <summary>Adds the errors of options inside these.</summary>
    public OptionChecks With(IEnumerable<string> errors)
    {
        _errors.AddRange(errors);
        return this;
    }

    /// <summary>Throws if anything is wrong.</summary>
    /// <param name="subject">Whose options they are, such as <c>The index's</c>.</param>
    /// <exception cref="UsageException">Names all errors.</exception>
    public void Throw(string subject)
    {
        if (_errors.Count > 0)
        {
            throw new UsageException($"{subject} options are wrong: {string.Join("; ", _errors)}.");
        }
    }

    private static string Text(double number) => number.ToString("#,0.###############", CultureInfo.InvariantCulture);
}
