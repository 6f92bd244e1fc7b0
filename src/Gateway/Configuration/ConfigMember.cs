using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Tda.Gateway.Configuration;

/// <summary>A property of an options record, as files name it.</summary>
/// <param name="Property">The property.</param>
/// <param name="Nullable">Whether null is a value of it.</param>
internal sealed record ConfigMember(PropertyInfo Property, bool Nullable)
{
    public string Name => ConfigNames.Spell(Property.Name);

    /// <summary>Whether a configuration without it is none.</summary>
    public bool Required => Property.IsDefined(typeof(RequiredMemberAttribute));

    /// <summary>Whether a change of it needs a new process.</summary>
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
        type is { IsClass: true, IsAbstract: false } && type.Assembly == typeof(ConfigMember).Assembly && type.GetConstructor(Type.EmptyTypes) is not null;

    /// <summary>A copy of a record that may be changed.</summary>
    public static object Copy(object record) => record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
}
