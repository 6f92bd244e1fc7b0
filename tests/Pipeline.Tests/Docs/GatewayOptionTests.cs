using System.Collections;
using Tda.Gateway;
using Tda.Gateway.Configuration;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>The gateway's options, as docs/operations.md lists them, are the code's: their names, their defaults, and which need a restart.</summary>
public class GatewayOptionTests
{
    private const string Page = "docs/operations.md";

    // How the page names any key of a map.
    private static readonly Dictionary<string, string> AnyKey = new() { ["routes"] = "ROUTE", ["upstreams"] = "NAME", ["costs.budgets"] = "NAME" };

    private static readonly GatewayOptions Standard = new() { Upstream = "http://upstream" };

    private static readonly Option[] Options = [.. Below(Standard, "", static options => (GatewayOptions)options)];

    private static readonly Dictionary<string, (string Default, string Restart)> Listed = MarkdownFile.Open(Page)
        .Rows("option", "default", "restart", "meaning")
        .ToDictionary(static row => row.Cells[0], static row => (row.Cells[1], row.Cells[2]));

    [Fact]
    public void Table_Names_AreTheOptionsOfTheCode() =>
        Assert.Equal(Options.Select(static option => option.Path).Order(StringComparer.Ordinal), Listed.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Table_Defaults_AreTheCodes() => Holds(static (option, row) =>
        IsDefault(option, row.Default) ? null : $"the default is '{option.Default ?? "none"}', not '{row.Default}'");

    [Fact]
    public void Table_Restart_IsWhatAReloadDoesWithAChange() => Holds(static (option, row) =>
    {
        var change = ConfigChange.Between(Standard, option.Changed);
        var path = Assert.Single(change.NeedsRestart.Concat(change.Changed));
        Assert.True(ConfigPath.IsAtOrBelow(option.Path, path), $"the change of {option.Path} is told as {path}");
        var restart = change.NeedsRestart.Count > 0 ? "yes" : "no";
        return restart == row.Restart ? null : $"a change needs a restart: {restart}, not {row.Restart}";
    });

    private static void Holds(Func<Option, (string Default, string Restart), string?> fault)
    {
        string[] faults =
        [
            .. Options.Where(static option => Listed.ContainsKey(option.Path))
                .Select(option => (option.Path, Fault: fault(option, Listed[option.Path])))
                .Where(static found => found.Fault is not null)
                .Select(static found => $"{Page}: {found.Path}: {found.Fault}"),
        ];

        Assert.True(faults.Length == 0, string.Join('\n', faults));
        Assert.True(Listed.Count > 0, $"{Page} has no table of options");
    }

    private static bool IsDefault(Option option, string text) => option switch
    {
        { Member.Required: true } => text == "required",
        { Default: null or ICollection { Count: 0 } } => text == "none",
        { Default: IEnumerable<string> texts } => texts.SequenceEqual(text.Split(", ")),
        _ => Equals(ConfigScalars.Read(option.Member.Type, ConfigNode.FromText(text, Page), option.Member.Name).Value, option.Default),
    };

    /// <summary>The options of a record and of the records in it; a map's are listed once, for any key.</summary>
    private static IEnumerable<Option> Below(object owner, string prefix, Func<object, GatewayOptions> whole)
    {
        foreach (var member in ConfigMember.Of(owner.GetType()))
        {
            var value = member.Property.GetValue(owner);
            GatewayOptions With(object? changed)
            {
                var copy = ConfigMember.Copy(owner);
                member.Property.SetValue(copy, changed);
                return whole(copy);
            }

            var path = prefix + member.Name;
            var found =
                ConfigMember.IsGroup(member.Type) ? Below(value ?? Activator.CreateInstance(member.Type)!, path + ".", With)
                : ConfigTypes.DictionaryValue(member.Type) is { } item && ConfigMember.IsGroup(item)
                    ? Below(Activator.CreateInstance(item)!, $"{path}.{AnyKey[path]}.", changed => With(MapOf(item, changed)))
                : [new Option(path, member, value, With(Other(member.Type, value)))];
            foreach (var option in found)
            {
                yield return option;
            }
        }
    }

    /// <summary>Another value than this one.</summary>
    private static object Other(Type type, object? value) => value switch
    {
        bool flag => !flag,
        int number => number + 1,
        long number => number + 1,
        double number => number + 1,
        TimeSpan time => time + TimeSpan.FromSeconds(1),
        Enum => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value)),
        null when type.IsValueType => Activator.CreateInstance(type)!,
        _ when type == typeof(string) => value + "x",
        _ when ConfigTypes.DictionaryValue(type) is { } item => MapOf(item, Other(item, null)),
        _ => Array.CreateInstance(ConfigTypes.ListItem(type)!, 0),
    };

    private static IDictionary MapOf(Type item, object value)
    {
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), item))!;
        map.Add("/v1/models", value);
        return map;
    }

    /// <param name="Path">As files spell it, e.g. <c>spool.max_bytes</c>.</param>
    /// <param name="Member">The property.</param>
    /// <param name="Default">Its value where none is given.</param>
    /// <param name="Changed">The standard options with another value of this one.</param>
    private sealed record Option(string Path, ConfigMember Member, object? Default, GatewayOptions Changed);
}
