using System.Diagnostics;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Load;

/// <summary>Closed-loop load by wrk: as fast as it goes over kept connections.</summary>
internal static class Wrk
{
    public const int Connections = 32;

    /// <summary>Stands where requests differ.</summary>
    public const string Marker = "@@@@@@";

    // Each request gets a marker of its own, six letters, so that no body is like another.
    private const string Script = """
        local threads = 0
        function setup(thread) thread:set("id", threads); threads = threads + 1 end
        function init(args) counter = id * 100000000 end
        function request()
          counter = counter + 1
          local rest, text = counter, {}
          for i = 1, 6 do text[i] = string.char(97 + rest % 26); rest = math.floor(rest / 26) end
          return head .. table.concat(text) .. tail
        end
        function done(summary, latency, requests)
          local e = summary.errors
          io.write(string.format('\nRESULT {"requests":%d,"microseconds":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50":%d,"p90":%d,"p99":%d,"p999":%d,"max":%d}\n',
            summary.requests, summary.duration, e.connect, e.read, e.write, e.status, e.timeout,
            latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9), latency.max))
        end
        """;

    public static Task<WrkResult> RunAsync(Uri url, IReadOnlyDictionary<string, string> headers, double seconds, string scratch) =>
        RunAsync(url, HttpRequest.Text(url, headers, Payload.Request(Marker)), Connections, seconds, scratch);

    /// <param name="url">The server.</param>
    /// <param name="request">What is sent, with <see cref="Marker"/> where requests differ.</param>
    /// <param name="connections">How many, each with one request under way.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="scratch">A directory for the script.</param>
    public static async Task<WrkResult> RunAsync(Uri url, string request, int connections, double seconds, string scratch)
    {
        var program = Tools.Require("wrk", "apt-get install -y wrk");
        var script = System.IO.Path.Combine(scratch, "post.lua");
        await File.WriteAllTextAsync(script, Source(request));
        var cpu = ProcessStats.EndedChildrenSeconds();
        var output = await Tools.RunAsync(
            new ProcessStartInfo(program, [$"-t{Math.Min(2, connections)}", $"-c{connections}", string.Create(CultureInfo.InvariantCulture, $"-d{seconds:F0}s"), "--timeout", "10s", "-s", script, url.ToString()]),
            TimeSpan.FromSeconds(seconds + 60));
        var json = output[(output.LastIndexOf("RESULT ", StringComparison.Ordinal) + 7)..];
        return JsonSerializer.Deserialize<WrkResult>(json, JsonDefaults.Options)! with { CpuSeconds = ProcessStats.EndedChildrenSeconds() - cpu };
    }

    private static string Source(string request)
    {
        var parts = request.Split(Marker);
        return $"head = {Quoted(parts[0])}\ntail = {Quoted(parts[1])}\n{Script}";
    }

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
