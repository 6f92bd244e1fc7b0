namespace Tda.Gateway.Configuration;

/// <summary>One thing that is wrong with an option. All of them are told at once, so that a file is mended once.</summary>
/// <param name="Path">The option as files name it, e.g. <c>spool.max_bytes</c>.</param>
/// <param name="Message">What is wrong, e.g. <c>must be more than 0</c>.</param>
public sealed record OptionError(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>Checks the options of one group, and collects what is wrong.</summary>
/// <param name="group">The group as files name it; empty for the options outside groups.</param>
internal sealed class GroupChecks(string group = "")
{
    private readonly List<OptionError> _errors = [];

    public IReadOnlyList<OptionError> Errors => _errors;

    /// <summary>Says what an option must be, unless it is.</summary>
    public GroupChecks Require(bool holds, string option, string message)
    {
        if (!holds)
        {
            _errors.Add(new(ConfigPath.Member(group, option), message));
        }

        return this;
    }

    /// <summary>A value must be one of an enumeration's; null is none that was given.</summary>
    public GroupChecks RequireDefined<T>(T? value, string option)
        where T : struct, Enum =>
        Require(
            value is not { } given || Enum.IsDefined(given),
            option,
            $"must be one of {string.Join(", ", Enum.GetValues<T>().Select(ConfigNames.Spell))}");

    public GroupChecks Add(IEnumerable<OptionError> errors)
    {
        _errors.AddRange(errors);
        return this;
    }
}
