using System.Text.Json.Nodes;
using Tda.Bench.Fuzz;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Load;
using Tda.Gateway;
using Tda.Gateway.Configuration;

namespace Tda.Bench.Attack;

/// <summary>
/// Ten thousand damaged configuration files, taken one after the other by a gateway that serves all along: each is used or refused in words.
/// In this process, since its end would be the finding.
/// </summary>
internal sealed class Configurations : IAttack
{
    private const long Seed = 20_261_130;

    private static readonly string[] Values =
    [
        "\"\"", "\"\\u0000\"", "\"a\\u0000b\"", "null", "true", "0", "-1", "1e999", "99999999999999999999", "0.5", "[]", "{}", "[[]]", "[null]", "{\"\":null}",
        "\"/dev/zero\"", "\"/dev/null\"", "\"/\"", "\"/proc/self/mem\"", "\"~\"", "\"..\"", "\"http://\"", "\"http://[\"", "\"https://u:p@h:99999\"", "\"unix:/x\"",
        "\"0.0.0.0:0\"", "\"(((((\"", "\"(a+)+$\"", "\"\\\\p{Foo}\"", "\"99999999999d\"", "\"1ms\"", "\"-5s\"", "\"9EiB\"", "{\"env\":\"\"}", "{\"env\":\"=\"}",
        "{\"env\":\"A\\u0000\"}", "{\"file\":\"\"}", "{\"file\":\"\\u0000\"}", "{\"file\":\"/dev/zero\"}", "{\"file\":\"/\"}", "{\"file\":null,\"env\":null}",
    ];

    public string Name => "configurations";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        await using var upstream = await AttackUpstream.StartAsync();
        var file = Path.Combine(options.Scratch, "gateway.json");
        var secret = Path.Combine(options.Scratch, "key");
        await File.WriteAllTextAsync(secret, "sk-of-the-upstream");
        var good = Full(upstream.Url, Path.Combine(options.Scratch, "home"), secret);
        await File.WriteAllTextAsync(file, good);
        var findings = new List<string>();
        var (taken, refused) = (0, 0);
        var count = options.Quick ? 500 : 10_000;
        await using (var gateway = await GatewayServer.StartAsync(new GatewayConfiguration(file)))
        {
            using var client = new HttpClient();
            for (var i = 0; i < count && findings.Count < 20; i++)
            {
                var mutator = new Mutator(SplitMix64.SequenceSeed(Seed, i));
                var damaged = Damaged(good, mutator);
                await File.WriteAllBytesAsync(file, damaged);
                try
                {
                    var reload = Task.Run(gateway.Reload);
                    if (await Task.WhenAny(reload, Task.Delay(TimeSpan.FromSeconds(20))) != reload)
                    {
                        findings.Add($"input {i}: reading it does not end: {Encoding.UTF8.GetString(damaged)}");
                        break;
                    }

                    await reload;
                }
                catch (Exception error)
                {
                    findings.Add($"input {i}: {error.GetType().Name} {error.Message}");
                }

                _ = gateway.Health.ConfigurationError is null ? taken++ : refused++;
                if (i % 100 == 0)
                {
                    // Whatever is in force, the good one is taken again and serves.
                    await File.WriteAllTextAsync(file, good);
                    gateway.Reload();
                    using var answer = await client.PostAsync(new Uri(gateway.Url, Payload.Path), new StringContent(Payload.Request("config")));
                    if (!answer.IsSuccessStatusCode || gateway.Health.ConfigurationError is not null)
                    {
                        findings.Add($"after input {i}: {(int)answer.StatusCode}, {gateway.Health.ConfigurationError}");
                    }
                }
            }
        }

        return new(new { Inputs = count, Seed, Taken = taken, Refused = refused }, findings);
    }

    private static byte[] Damaged(string good, Mutator mutator)
    {
        if (mutator.Below(3) == 0)
        {
            return mutator.Next([Encoding.UTF8.GetBytes(good)]);
        }

        // Well-formed, with values that belong elsewhere.
        var tree = JsonNode.Parse(good)!;
        for (var left = 1 + mutator.Below(3); left > 0; left--)
        {
            var group = tree.AsObject();
            while (true)
            {
                var (name, value) = group.ElementAt(mutator.Below(group.Count));
                if (value is JsonObject { Count: > 0 } inner && mutator.Below(4) > 0)
                {
                    group = inner;
                    continue;
                }

                if (mutator.Below(8) == 0)
                {
                    group["x" + mutator.Below(100).ToString(CultureInfo.InvariantCulture)] = value?.DeepClone();
                }
                else
                {
                    // Kept as a text where JSON can't hold it: 1e999.
                    var wanted = Values[mutator.Below(Values.Length)];
                    group[name] = wanted == "1e999" ? JsonValue.Create("1e999") : JsonNode.Parse(wanted);
                }

                break;
            }
        }

        return Encoding.UTF8.GetBytes(tree.ToJsonString());
    }

    /// <summary>A configuration that names every group of options.</summary>
    private static string Full(Uri upstream, string home, string secret) => JsonSerializer.Serialize(
        new Dictionary<string, object?>
        {
            ["upstream"] = upstream,
            ["listen"] = "http://127.0.0.1:0",
            ["home"] = home,
            ["durability"] = "written",
            ["timeout"] = "10m",
            ["connect_timeout"] = "15s",
            ["drain_timeout"] = "30s",
            ["drain_delay"] = "0s",
            ["max_recorded_body_bytes"] = "64MiB",
            ["max_store_bytes"] = 0,
            ["add_forwarded_headers"] = false,
            ["sample"] = 1,
            ["allow_opt_out"] = "record",
            ["terms"] = new { may_distill = true, note = "clause 2" },
            ["routes"] = new Dictionary<string, object> { ["/v1/messages"] = new { upstream, timeout = "20m", durability = "synced", sample = 0.5, terms = new { may_distill = false } } },
            ["spool"] = new { segment_bytes = "1MiB", max_bytes = "1GiB", when_full = "refuse", open_after = "1s" },
            ["redaction"] = new { enabled = true, detectors = new[] { "api_key", "email" }, patterns = new { badge = "badge [0-9]{4}" } },
            ["security"] = new
            {
                require_client_keys = false,
                upstream_key = new { file = secret, header = "authorization" },
                admin = new { file = secret },
                limits = new { requests_per_minute = 0, route_requests_per_minute = new Dictionary<string, int> { ["/v1/embeddings"] = 5 }, max_body_bytes = "256MiB", keep_alive = "130s" },
            },
            ["logprobs"] = new { enabled = false, top_logprobs = 0, max_request_bytes = "8MiB", routes = new Dictionary<string, bool> { ["/v1/completions"] = true } },
            ["telemetry"] = new { prometheus = true, trace_share = 1, max_models = 50, service_name = "tda-gateway" },
        },
        JsonDefaults.Indented);
}
