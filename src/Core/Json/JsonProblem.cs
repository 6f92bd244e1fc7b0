namespace Tda.Core.Json;

/// <summary>Says what is wrong with JSON in a reader's words: the library's messages name types of this program.</summary>
public static class JsonProblem
{
    private static readonly string[] Places = [" Path: ", " LineNumber: "]; // told apart, as an offset

    /// <summary>What an error says, without the program's types.</summary>
    public static string Of(Exception error) => error switch
    {
        JsonValueException own => own.Message,
        JsonException { InnerException: JsonException syntax } => WithoutPlace(syntax),
        JsonException syntax when syntax.GetType() != typeof(JsonException) => WithoutPlace(syntax),
        JsonException { Path: { Length: > 2 } path } => $"the value of '{path[2..]}' isn't of the kind expected there",
        JsonException { Path: not null } => "the fields aren't those expected here",
        _ => error.Message,
    };

    /// <summary>As <see cref="Of(Exception)"/>; where fields are missing, also which, and which are there.</summary>
    /// <param name="error">What reading <paramref name="json"/> threw.</param>
    /// <param name="json">One value.</param>
    /// <param name="wanted">The type that it was read as.</param>
    public static string Of(Exception error, ReadOnlySpan<byte> json, Type wanted)
    {
        var atRoot = error is JsonException { Path: "$", InnerException: not JsonException } and not JsonValueException;
        if (!atRoot || error.GetType() != typeof(JsonException))
        {
            return Of(error);
        }

        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return "a JSON object was expected";
        }

        string[] fields = [.. document.RootElement.EnumerateObject().Select(member => member.Name)];
        string[] missing =
        [
            .. JsonDefaults.Options.GetTypeInfo(wanted).Properties
                .Where(property => property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false })
                .Select(property => property.Name).Except(fields, StringComparer.Ordinal),
        ];
        return missing.Length == 0 ? Of(error)
            : $"{(missing.Length == 1 ? "the field" : "the fields")} {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing; there {(fields.Length == 0 ? "is none" : $"are {string.Join(", ", fields)}")}";
    }

    private static string WithoutPlace(JsonException error) => error.Message.Split(Places, StringSplitOptions.None)[0].TrimEnd('.');
}

/// <summary>A JSON value that can't stand where it does; the message is for the reader of the file.</summary>
public sealed class JsonValueException(string message) : JsonException(message);
