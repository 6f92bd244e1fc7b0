using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Tda.Gateway.Configuration;

/// <summary>
/// Makes options from a tree by the properties of their records, so that a new option needs nothing here. What can't be
/// used is told and keeps its default, so that one reading finds every error.
/// </summary>
internal sealed class ConfigBinder(List<ConfigError> errors)
{
    /// <summary>The options that a tree gives; those it does not name keep their defaults.</summary>
    public T Bind<T>(ConfigNode root)
        where T : class => (T)Group(typeof(T), Activator.CreateInstance<T>(), root, "");

    private object Group(Type type, object options, ConfigNode node, string path)
    {
        if (Parsed(node, path) is not { Kind: JsonValueKind.Object } tree)
        {
            errors.Add(new(node.Origin, path, "must be an object { … }"));
            return options;
        }

        var members = ConfigMember.Of(type);
        foreach (var (name, value) in tree.Members)
        {
            var memberPath = ConfigPath.Member(path, name);
            if (members.Find(member => member.Name == name) is not { } member)
            {
                errors.Add(new(value.Origin, memberPath, $"there is no such option; {ConfigNames.Hint(name, members.ConvertAll(known => known.Name))}"));
            }
            else if (value.Kind == JsonValueKind.Null && !member.Nullable)
            {
                errors.Add(new(value.Origin, memberPath, "must not be null"));
            }
            else
            {
                var bound = Value(member.Type, member.Property.GetValue(options), value, name, memberPath);
                if (bound is not null || value.Kind == JsonValueKind.Null)
                {
                    member.Property.SetValue(options, bound);
                }
            }
        }

        foreach (var missing in members.Where(member => member.Required && !tree.Members.ContainsKey(member.Name)))
        {
            errors.Add(new(node.Origin, ConfigPath.Member(path, missing.Name), "is required"));
        }

        return options;
    }

    /// <summary>The value; null when it can't be used, which is told.</summary>
    private object? Value(Type type, object? current, ConfigNode node, string name, string path)
    {
        if (node.Kind == JsonValueKind.Null)
        {
            return null;
        }

        if (ConfigScalars.Supports(type))
        {
            var (value, error) = ConfigScalars.Read(type, node, name);
            if (error is not null)
            {
                errors.Add(new(node.Origin, path, error));
            }

            return value;
        }

        return ConfigTypes.DictionaryValue(type) is { } valueType ? Map(valueType, node, path)
            : ConfigTypes.ListItem(type) is { } itemType ? List(type, itemType, node, name, path)
            : ConfigMember.IsGroup(type) ? Group(type, current is null ? Activator.CreateInstance(type)! : ConfigMember.Copy(current), node, path)
            : throw new NotSupportedException($"{path}: options of type {type} can't be read from a file");
    }

    private object? Map(Type valueType, ConfigNode node, string path)
    {
        if (Parsed(node, path) is not { Kind: JsonValueKind.Object } tree)
        {
            errors.Add(new(node.Origin, path, "must be an object { … }"));
            return null;
        }

        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType))!;
        foreach (var (key, value) in tree.Members)
        {
            if (Value(valueType, null, value, "", ConfigPath.Member(path, key)) is { } bound)
            {
                map.Add(key, bound);
            }
            else if (value.Kind == JsonValueKind.Null)
            {
                errors.Add(new(value.Origin, ConfigPath.Member(path, key), "must not be null"));
            }
        }

        return map;
    }

    private Array? List(Type type, Type itemType, ConfigNode node, string name, string path)
    {
        if (Parsed(node, path) is not { Kind: JsonValueKind.Array } tree)
        {
            errors.Add(new(node.Origin, path, "must be a list [ … ]"));
            return null;
        }

        var items = new List<object>();
        for (var i = 0; i < tree.Items.Count; i++)
        {
            var itemPath = ConfigPath.Item(path, i);
            if (Value(itemType, null, tree.Items[i], name, itemPath) is { } bound)
            {
                items.Add(bound);
            }
            else if (tree.Items[i].Kind == JsonValueKind.Null)
            {
                errors.Add(new(tree.Items[i].Origin, itemPath, "must not be null"));
            }
        }

        var array = Array.CreateInstance(itemType, items.Count);
        ((ICollection)items.ToArray()).CopyTo(array, 0);
        return type.IsInstanceOfType(array) ? array : throw new NotSupportedException($"{path}: use IReadOnlyList, not {type}");
    }

    /// <summary>Text from outside a file may hold JSON, or a list's items with commas between them.</summary>
    private ConfigNode? Parsed(ConfigNode node, string path)
    {
        if (!node.Loose)
        {
            return node;
        }

        var text = node.Text.Trim();
        if (text.StartsWith('{') || text.StartsWith('['))
        {
            var found = new List<ConfigError>();
            var parsed = ConfigReader.Read(Encoding.UTF8.GetBytes(text), node.Origin, found);
            errors.AddRange(found.Select(error => error with { Path = path }));
            return parsed;
        }

        var list = new ConfigNode(JsonValueKind.Array, "", node.Origin);
        list.Items.AddRange(text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(item => ConfigNode.FromText(item, node.Origin)));
        return list;
    }
}

/// <summary>A property of an options record, as files name it.</summary>
/// <param name="Property">The property.</param>
/// <param name="Nullable">Whether null is a value of it.</param>
internal sealed record ConfigMember(PropertyInfo Property, bool Nullable)
{
    public string Name => ConfigNames.Spell(Property.Name);

    public bool Required => Property.IsDefined(typeof(RequiredMemberAttribute));

    public bool NeedsRestart => Property.IsDefined(typeof(NeedsRestartAttribute));

    /// <summary>The value's type, of a nullable value the type below.</summary>
    public Type Type => System.Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>The members that a file can set.</summary>
    public static List<ConfigMember> Of(Type type)
    {
        var nullability = new NullabilityInfoContext();
        return [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Where(property => !property.IsDefined(typeof(JsonIgnoreAttribute)))
            .Select(property => new ConfigMember(property, nullability.Create(property).ReadState == NullabilityState.Nullable))];
    }

    /// <summary>Whether a type is a record of options: of ours, with a constructor without parameters.</summary>
    public static bool IsGroup(Type type) =>
        type is { IsClass: true, IsAbstract: false } && (type.Assembly == typeof(ConfigMember).Assembly || type == typeof(Review.DeskOptions)) && type.GetConstructor(Type.EmptyTypes) is not null;

    /// <summary>A copy of a record that may be changed.</summary>
    public static object Copy(object record) => record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
}

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

/// <summary>Marks an option that only a new process takes: a changed configuration keeps the old value, and <c>/health</c> names it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeedsRestartAttribute : Attribute;
