namespace Tda.GatewayHost.CommandLine;

/// <summary>Options whose values are written as files write them: lower case, words joined by an underscore.</summary>
internal static class EnumOption
{
    /// <summary>An option of an enumeration.</summary>
    /// <param name="name">Its name, with dashes.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="standard">Its default; null when leaving it out means something of its own.</param>
    public static Option<T?> Of<T>(string name, string description, T? standard)
        where T : struct, Enum
    {
        string[] spellings = [.. Enum.GetValues<T>().Select(Spelled)];
        var option = new SpelledOption<T?>(name, standard)
        {
            Description = $"{description}: {string.Join(", ", spellings)}" + (standard is { } given ? $" [default: {Spelled(given)}]" : ""),
            HelpName = name.TrimStart('-').ToUpperInvariant(),
            CustomParser = result =>
            {
                // Without underscores or with dashes too, so that what a type's name or a sentence suggests is understood.
                var text = result.Tokens.Single().Value;
                var plain = text.Replace("_", "").Replace("-", "");
                foreach (var value in Enum.GetValues<T>())
                {
                    if (string.Equals(value.ToString(), plain, StringComparison.OrdinalIgnoreCase))
                    {
                        return value;
                    }
                }

                result.AddError($"{name} must be one of {string.Join(", ", spellings)}, not {text}");
                return null;
            },
        };
        option.CompletionSources.Add(spellings);
        return option;
    }

    /// <summary>A value as options and files spell it.</summary>
    public static string Spelled<T>(T value)
        where T : struct, Enum => JsonDefaults.Word(value);
}

/// <summary>An option whose help says its default in its own spelling: the library would add the value's name in code.</summary>
internal sealed class SpelledOption<T>(string name, T standard) : Option<T>(name)
{
    public T Standard => standard;
}

/// <summary>Lists as the command line writes them: <c>A,B</c>.</summary>
internal static class CommaList
{
    /// <summary>The parts without white space around them, empty ones left out; none of null.</summary>
    public static string[] Of(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
