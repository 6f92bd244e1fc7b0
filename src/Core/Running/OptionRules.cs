using System.Numerics;

namespace Tda.Core.Running;

/// <summary>
/// Checks a record of options. Every fault is collected, so that the user can mend all of them at once; numbers are written in the
/// invariant culture.
/// </summary>
/// <param name="subject">What is checked, in the plural, such as <c>The mask's options</c>.</param>
public sealed class OptionRules(string subject)
{
    private readonly List<string> _faults = [];

    /// <summary>What is wrong so far, in the order of the rules.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Any rule.</summary>
    /// <param name="holds">Whether it is kept.</param>
    /// <param name="fault">What is wrong if it isn't, as part of a sentence.</param>
    public OptionRules Require(bool holds, FormattableString fault)
    {
        if (!holds)
        {
            _faults.Add(FormattableString.Invariant(fault));
        }

        return this;
    }

    /// <summary>A number with a least value; null, an option that isn't set, passes, and not-a-number does not.</summary>
    public OptionRules AtLeast<T>(string name, T? value, T least)
        where T : struct, INumber<T> =>
        Require(value is not { } number || number >= least, $"{name} is {value}; it must be {least} or more");

    /// <summary>A number within a range, ends included; null, an option that isn't set, passes, and not-a-number does not.</summary>
    public OptionRules Between<T>(string name, T? value, T least, T most)
        where T : struct, INumber<T> =>
        Require(value is not { } number || (number >= least && number <= most), $"{name} is {value}; it must be between {least} and {most}");

    /// <summary>A finite number above 0; null, an option that isn't set, passes.</summary>
    public OptionRules Positive(string name, double? value) =>
        Require(value is not { } number || (number > 0 && double.IsFinite(number)), $"{name} is {value}; it must be above 0");

    /// <exception cref="UsageException">Some rule isn't kept; the message names all faults.</exception>
    public void Check()
    {
        if (_faults.Count > 0)
        {
            throw new UsageException($"{subject} are wrong: {string.Join("; ", _faults)}.");
        }
    }
}
