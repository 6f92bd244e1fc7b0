namespace Tda.Cli;

/// <summary>Makes options. In every method: the name, what stands for a value in the help, and what the option is for.</summary>
internal static class CliOption
{
    /// <summary>Given or not.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Must be given.</summary>
    public static Option<string> Required(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, Required = true };

    /// <summary>May be left out, which means something of its own.</summary>
    public static Option<string?> Text(string name, string value, string description) => Optional<string?>(name, value, description);

    /// <inheritdoc cref="Text"/>
    public static Option<T> Optional<T>(string name, string value, string description) => new(name) { Description = description, HelpName = value };

    /// <summary>Has a default, which the help shows.</summary>
    public static Option<T> Default<T>(string name, string value, string description, T standard) =>
        new(name) { Description = description, HelpName = value, DefaultValueFactory = _ => standard };
}
