using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Killing;

/// <summary>Compares an exported log with what clients were given.</summary>
internal sealed class LogCheck
{
    private readonly Dictionary<string, List<(string Request, string Response)>> _recorded = new(StringComparer.Ordinal);

    /// <summary>Exchanges in the log by how they ended.</summary>
    public SortedDictionary<string, long> States { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads an export; hashes are taken from the recorded bytes, not believed.</summary>
    public static LogCheck Read(string export)
    {
        var check = new LogCheck();
        foreach (var line in File.ReadLines(export))
        {
            var json = JsonNode.Parse(line);
            if (json?["request_body"] is not { } request)
            {
                continue;
            }

            byte[] sent = Bytes(request), answered = Bytes(json["response_body"]);
            var state = json["state"]?.GetValue<string>() ?? "?";
            check.States[state] = check.States.GetValueOrDefault(state) + 1;
            var text = Encoding.UTF8.GetString(sent);
            var place = text.IndexOf("\"mark", StringComparison.Ordinal);
            var marker = place < 0 ? "" : text.Substring(place + 1, Math.Min(23, text.Length - place - 1));
            if (!check._recorded.TryGetValue(marker, out var same))
            {
                check._recorded.Add(marker, same = []);
            }

            same.Add((Hash(sent), Hash(answered)));
        }

        return check;
    }

    public LogCheckResult Compare(IReadOnlyCollection<Acknowledged> acknowledged)
    {
        var result = new LogCheckResult { Acknowledged = acknowledged.Count, Streamed = acknowledged.Count(one => one.Streamed) };
        foreach (var one in acknowledged)
        {
            var found = _recorded.GetValueOrDefault(one.Marker, []);
            if (found.Count == 0)
            {
                result.Missing(one);
            }
            else if (found.Count > 1)
            {
                result.Duplicated++;
            }
            else if (found[0].Request != one.RequestSha256 || found[0].Response != one.ResponseSha256)
            {
                result.Different++;
            }
            else
            {
                result.Equal++;
            }
        }

        return result;
    }

    private static byte[] Bytes(JsonNode? body) =>
        body?["text"]?.GetValue<string>() is { } text ? Encoding.UTF8.GetBytes(text)
        : body?["base64"]?.GetValue<string>() is { } base64 ? Convert.FromBase64String(base64)
        : [];

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
