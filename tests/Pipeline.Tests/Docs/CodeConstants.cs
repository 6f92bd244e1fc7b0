using System.Reflection;
using Tda.Cli;
using Tda.Review;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>Constants of the program by the name that a page gives them: <c>ContentDecoder.MaxRatio</c>, private ones too.</summary>
internal static class CodeConstants
{
    private static readonly ILookup<string, Type> Types = typeof(TdaCommands).Assembly.GetReferencedAssemblies()
        .Where(static name => name.Name!.StartsWith("tda", StringComparison.OrdinalIgnoreCase))
        .Select(Assembly.Load)
        .Append(typeof(TdaCommands).Assembly)
        .Append(typeof(ReviewServer).Assembly) // which the program uses through the gateway
        .Distinct()
        .SelectMany(static assembly => assembly.GetTypes())
        .ToLookup(static type => type.Name, StringComparer.Ordinal);

    /// <summary>The type of this name.</summary>
    public static Type TypeOf(string constant)
    {
        var name = constant.Split('.')[0];
        var found = Types[name].ToArray();
        Assert.True(found.Length == 1, $"{found.Length} types are named {name}, which {constant} needs");
        return found[0];
    }

    /// <summary>The constant's value.</summary>
    public static object ValueOf(string constant)
    {
        var field = TypeOf(constant).GetField(constant.Split('.')[1], BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        Assert.True(field is not null, $"there is no constant {constant}");
        return field.GetValue(null)!;
    }

    /// <summary>The texts among a type's constants.</summary>
    public static IEnumerable<string> TextsOf(Type type) =>
        type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(static field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(static field => (string)field.GetRawConstantValue()!);
}
