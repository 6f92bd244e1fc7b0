namespace Tda.Lab.Serving;

/// <summary>Typed, range-checked access to a request's JSON object; every refusal names the parameter. Null counts as absent.</summary>
internal sealed class RequestFields(JsonElement body, string prefix = "")
{
    public JsonElement? Find(string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public JsonElement Require(string name) =>
        Find(name) ?? throw ApiException.Invalid(
            $"Missing required parameter: '{prefix}{name}'.", prefix + name, "missing_required_parameter");

    public string RequireString(string name) => AsString(Require(name), prefix + name);

    public bool Flag(string name) => Find(name) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } value => throw WrongType(value, prefix + name, "a boolean"),
    };

    public long? Whole(string name, long minimum, long maximum) =>
        InRange<long>(name, minimum, maximum, "an integer", value => value.TryGetInt64(out var number) ? number : null);

    public double? Number(string name, double minimum, double maximum) =>
        InRange<double>(name, minimum, maximum, "a number", value => value.TryGetDouble(out var number) ? number : null);

    public RequestFields? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new RequestFields(value, $"{prefix}{name}."),
        { } value => throw WrongType(value, prefix + name, "an object"),
    };

    /// <summary>Refuses a parameter that would change the answer and that this server can't honour.</summary>
    public void Refuse(string name, Func<JsonElement, bool> harmless)
    {
        if (Find(name) is { } value && !harmless(value))
        {
            throw ApiException.Invalid($"'{prefix}{name}' is not supported by this model.", prefix + name, "unsupported_parameter");
        }
    }

    public static string AsString(JsonElement value, string param)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw WrongType(value, param, "a string");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid($"'{param}' is not valid Unicode: it has half a surrogate pair or invalid UTF-8.", param, "invalid_value");
        }
    }

    public static ApiException WrongType(JsonElement value, string param, string expected) => ApiException.Invalid(
        $"Invalid type for '{param}': expected {expected}, but got {Describe(value)} instead.", param, "invalid_type");

    private T? InRange<T>(string name, T minimum, T maximum, string expected, Func<JsonElement, T?> read)
        where T : struct, IComparable<T>
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        var number = (value.ValueKind == JsonValueKind.Number ? read(value) : null) ?? throw WrongType(value, prefix + name, expected);
        return number.CompareTo(minimum) >= 0 && number.CompareTo(maximum) <= 0 ? number : throw ApiException.Invalid(
            FormattableString.Invariant($"Invalid value for '{prefix}{name}': expected a value from {minimum} to {maximum}."),
            prefix + name,
            "invalid_value");
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "null",
    };
}
