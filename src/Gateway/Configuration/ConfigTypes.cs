namespace Tda.Gateway.Configuration;

/// <summary>Which collections options may be.</summary>
internal static class ConfigTypes
{
    /// <summary>The value type of a dictionary with string keys; null for other types.</summary>
    public static Type? DictionaryValue(Type type) =>
        type.IsGenericType && type.GetGenericArguments() is [var key, var value] && key == typeof(string)
        && type.IsAssignableFrom(typeof(Dictionary<,>).MakeGenericType(key, value))
            ? value
            : null;

    /// <summary>The item type of a list; null for other types.</summary>
    public static Type? ListItem(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericArguments() is [var item] && type.IsAssignableFrom(item.MakeArrayType()) ? item
        : null;

    /// <summary>Whether a file can hold a value of the type.</summary>
    public static bool Supports(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return ConfigScalars.Supports(plain)
            || (DictionaryValue(plain) is { } value && Supports(value))
            || (ListItem(plain) is { } item && Supports(item))
            || (ConfigMember.IsGroup(plain) && ConfigMember.Of(plain).All(member => Supports(member.Property.PropertyType)));
    }
}
