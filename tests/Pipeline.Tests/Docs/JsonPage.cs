using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>docs/json.md: the fields of every verb's result, to be held against what the program prints.</summary>
internal static class JsonPage
{
    private const string Page = "docs/json.md";

    /// <summary>The verbs that have a heading, and the fields in its table.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<(string Field, string Type)>> Verbs { get; } = Read();

    /// <summary>The verb that a command line begins with, as the page names it.</summary>
    public static string VerbOf(string line)
    {
        var words = line.Split(' ');
        return Verbs.Keys.Where(verb => $"{line} ".StartsWith(verb + " ", StringComparison.Ordinal)).MaxBy(verb => verb.Length)
            ?? throw new InvalidOperationException($"{Page} has no heading for tda {words[0]}");
    }

    /// <summary>Where a result and the table of its verb differ: fields that are not in the table, not in the result, or of another type.</summary>
    public static IEnumerable<string> Differences(string verb, JsonNode result)
    {
        var documented = Verbs[verb].ToDictionary(field => field.Field, field => field.Type, StringComparer.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        Walk("", result, documented, found);
        foreach (var (field, type) in found)
        {
            if (!documented.TryGetValue(field, out var expected))
            {
                yield return $"{verb} prints {field} ({type}), which {Page} doesn't have";
            }
            else if (expected.TrimEnd('?') != type)
            {
                yield return $"{verb} prints {field} as {type}; {Page} says {expected}";
            }
        }

        // A list without items shows none of their fields.
        var shown = documented.Where(field => !field.Value.EndsWith('?') && !Lists(field.Key).Any(list => IsEmpty(result, list)));
        foreach (var (field, _) in shown.Where(field => !found.ContainsKey(field.Key)))
        {
            yield return $"{Page} says that {verb} prints {field}, and it doesn't";
        }
    }

    private static void Walk(string path, JsonNode? node, Dictionary<string, string> documented, Dictionary<string, string> found)
    {
        var isOwn = documented.Keys.Any(field => field.StartsWith(path + ".", StringComparison.Ordinal) || field.StartsWith(path + "[]", StringComparison.Ordinal));
        switch (node)
        {
            case JsonObject members when path.Length == 0 || isOwn || (path == "[]" && !documented.ContainsKey("[]")):
                foreach (var (name, value) in members)
                {
                    Walk(path.Length == 0 ? name : $"{path}.{name}", value, documented, found);
                }

                break;
            case JsonArray items when path.Length == 0 || isOwn:
                foreach (var item in items)
                {
                    Walk(path + "[]", item, documented, found);
                }

                break;
            case null:
                break; // what can't be measured
            default:
                found[path] = node switch
                {
                    JsonObject => "object",
                    JsonArray => "list",
                    _ => node.GetValueKind() switch
                    {
                        JsonValueKind.String => "text",
                        JsonValueKind.Number => "number",
                        _ => "true or false",
                    },
                };
                break;
        }
    }

    /// <summary>The lists that a field lies in: of <c>a[].b</c> the list <c>a</c>; of <c>[].b</c> the whole result.</summary>
    private static IEnumerable<string> Lists(string field) =>
        Enumerable.Range(0, field.Length).Where(at => field[at..].StartsWith("[]", StringComparison.Ordinal)).Select(at => field[..at]);

    private static bool IsEmpty(JsonNode result, string list) =>
        list.Length == 0 ? result.AsArray().Count == 0 : result[list] is not JsonArray { Count: > 0 };

    private static Dictionary<string, IReadOnlyList<(string Field, string Type)>> Read()
    {
        var verbs = new Dictionary<string, IReadOnlyList<(string, string)>>(StringComparer.Ordinal);
        List<(string, string)> fields = [];
        foreach (var line in File.ReadLines(TestPaths.InRepository(Page)))
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                verbs[line[4..]] = fields = [];
            }
            else if (line.StartsWith("| `", StringComparison.Ordinal))
            {
                string[] cells = [.. line.Trim('|', ' ').Split('|').Select(cell => cell.Trim().Trim('`'))];
                fields.Add((cells[0], cells[1]));
            }
        }

        return verbs;
    }
}
