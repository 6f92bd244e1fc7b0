using Tda.Bench.Gateway;

namespace Tda.Bench.Attack;

/// <summary>A route with a limit, written in every way that an upstream might take for the same: none may get past the limit.</summary>
internal sealed class Spellings : IAttack
{
    private const int Allowed = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "spellings";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        // The witness asks for another route than it usually does: here every request for chats counts.
        await using var target = await AttackTarget.StartAsync(
            options, new { security = new { limits = new { route_requests_per_minute = new Dictionary<string, int> { ["/v1/embeddings"] = Allowed } } } });
        var spelled = All("/v1/embeddings").Distinct(StringComparer.Ordinal).ToList();
        var statuses = new Dictionary<int, int>();
        foreach (var path in spelled)
        {
            using var socket = await RawSocket.ConnectAsync(target.Url);
            await socket.SendAsync($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
            var status = await socket.StatusAsync(Patience);
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
        }

        var reached = target.Upstream.Targets.Where(one => Meant(one) == "/v1/embeddings").ToList();
        if (reached.Count > Allowed)
        {
            target.Found($"{reached.Count} requests reached the limited route, and {Allowed} may: {string.Join(" ", reached.Distinct())}");
        }

        var (measured, findings) = await target.EndAsync();
        return new(new { Spellings = spelled.Count, Statuses = statuses, Reached = reached.Count, Gateway = measured }, findings);
    }

    /// <summary>What a lenient server makes of a target: case, doubled and escaped slashes, dots, parameters and queries don't count for it.</summary>
    private static string Meant(string target)
    {
        var path = target.Split('?', '#')[0];
        for (var i = 0; i < 4; i++)
        {
            path = Uri.UnescapeDataString(path);
        }

        var segments = new List<string>();
        foreach (var segment in path.Replace('\\', '/').ToLowerInvariant().Split('/').Select(segment => segment.Split(';')[0].Trim()))
        {
            if (segment == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("" or "." or ".."))
            {
                segments.Add(segment);
            }
        }

        return "/" + string.Join('/', segments);
    }

    private static IEnumerable<string> All(string path)
    {
        string[] slashes = ["/", "//", "/./", "%2F", "%2f", "%252F", "\\", "%5C", "/x/../", "/;a=b/", "/%2e/"];
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var first in slashes)
        {
            foreach (var between in slashes)
            {
                foreach (var end in (string[])["", "/", "//", ";v=1", "?x=1", "%20", "%00", "%2F", "/.", "#a"])
                {
                    foreach (var word in (Func<string, string>[])[it => it, it => it.ToUpperInvariant(), it => it[..1].ToUpperInvariant() + it[1..], Escaped])
                    {
                        yield return (first.StartsWith('/') ? first : "/" + first) + string.Join(between, parts.Select(word)) + end;
                    }
                }
            }
        }
    }

    private static string Escaped(string word) => $"%{(int)word[0]:X2}{word[1..]}";
}
