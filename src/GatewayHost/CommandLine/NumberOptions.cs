using System.CommandLine.Parsing;
using System.Numerics;

namespace Tda.GatewayHost.CommandLine;

/// <summary>Numbers on the command line: read the same in every country, with errors that name no type of the program.</summary>
public static class NumberOptions
{
    /// <summary>Lets every option of a number in a tree of commands parse here; the library would say "as expected type System.Int32".</summary>
    internal static void SpeakPlainly(Command command)
    {
        foreach (var option in command.Options)
        {
            switch (option)
            {
                case Option<int> { CustomParser: null } whole: whole.CustomParser = One<int>; break;
                case Option<int?> { CustomParser: null } whole: whole.CustomParser = result => One<int>(result); break;
                case Option<long?> { CustomParser: null } whole: whole.CustomParser = result => One<long>(result); break;
                case Option<double> { CustomParser: null } number: number.CustomParser = One<double>; break;
                case Option<double?> { CustomParser: null } number: number.CustomParser = result => One<double>(result); break;
                case Option<int[]> { CustomParser: null } list: list.CustomParser = Many<int>; break;
                case Option<double[]> { CustomParser: null } list: list.CustomParser = Many<double>; break;
            }
        }

        foreach (var child in command.Subcommands)
        {
            SpeakPlainly(child);
        }
    }

    /// <summary>Says in the help between which numbers a value lies, both allowed, and refuses others before any work.</summary>
    public static Option<T> Within<T>(this Option<T> option, double lowest, double highest)
    {
        option.Description += $", {Text(lowest)} to {Text(highest)}";
        return option.Checked(value => value >= lowest && value <= highest, $"from {Text(lowest)} to {Text(highest)}");
    }

    /// <summary>Says in the help how small a value may be, and refuses smaller ones before any work.</summary>
    public static Option<T> AtLeast<T>(this Option<T> option, double lowest)
    {
        option.Description += $", at least {Text(lowest)}";
        return option.Checked(value => value >= lowest, $"at least {Text(lowest)}");
    }

    private static Option<T> Checked<T>(this Option<T> option, Func<double, bool> holds, string bounds)
    {
        option.Validators.Add(result =>
        {
            // From the text: asking for the value of what can't be parsed throws.
            var wrong = result.Tokens.Select(token => token.Value)
                .FirstOrDefault(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !holds(value));
            if (wrong is not null)
            {
                result.AddError($"{option.Name} is {wrong}; it must be {bounds}");
            }
        });
        return option;
    }

    private static T One<T>(ArgumentResult result)
        where T : struct, INumber<T> => Many<T>(result) is [var number] ? number : default;

    private static T[] Many<T>(ArgumentResult result)
        where T : struct, INumber<T>
    {
        var numbers = new List<T>();
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && T.IsFinite(number))
            {
                numbers.Add(number);
            }
            else
            {
                result.AddError($"{(result.Parent as OptionResult)?.Option.Name} must be {(typeof(T) == typeof(double) ? "a number" : "a whole number")}, not '{text}'");
                return [];
            }
        }

        return [.. numbers];
    }

    private static string Text(double number) => number.ToString("#,0.###############", CultureInfo.InvariantCulture);
}
