using Tda.Gateway.Configuration;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Configuration;

/// <summary>Every option under a running gateway: its change is seen from outside, or named as one that waits for a restart.</summary>
public class EveryOptionTests
{
    private const string Secret = "the-secret-of-the-file";
    private const string Mail = """{"messages":[{"role":"user","content":"write to ann.lee@mail.example.com"}]}""";
    private const string Badge = """{"messages":[{"role":"user","content":"badge 1234"}]}""";
    private const string Plain = """{"model":"m-1","messages":[{"role":"user","content":"Hello"}]}""";

    private static readonly (string, string?) One = ("upstreams.NAME.url", "\"ONE\"");
    private static readonly (string, string?) Ours = ("upstreams.NAME.models", "[\"m-1\"]");
    private static readonly (string, string?) Nobody = ("upstreams.NAME.url", "\"http://127.0.0.1:1\"");
    private static readonly (string, string?) AToken = ("costs.budgets.NAME.tokens", "1");
    private static readonly (string, string?) Long = ("costs.budgets.NAME.per", "\"1000h\"");

    private static readonly (string, string?) Small = ("spool.segment_bytes", "65536");

    private static readonly LiveChange[] Changes =
    [
        new("upstream", null, "\"TWO\"", async site => (await site.PostAsync()).Contains("two", StringComparison.Ordinal)),
        new("durability", null, "\"synced\"", SyncsAsync),
        new("timeout", "\"10m\"", "\"50ms\"", TimesOutAsync) { OnlyAfter = true },
        new("sample", null, "0", async site => await CountAsync(site, "sampled_out") > 0),
        new("upgrade", null, "\"refuse\"", IsUpgradeRefusedAsync),
        new("allow_opt_out", null, "\"none\"", async site => await StatusAsync(site, headers: "X-Tda-Opt-Out: distill\r\n") == 403),
        new("terms.may_distill", null, "false", async site => (await site.RecordAsync()).Tags.ContainsKey("tda.distill")),
        new("terms.note", null, "\"clause 9\"", async site => (await site.RecordAsync()).Tags["tda.terms"] == "clause 9", ("terms.may_distill", "false")),
        new("routes.ROUTE.upstream", null, "\"TWO\"", async site => (await site.PostAsync()).Contains("two", StringComparison.Ordinal)),
        new("routes.ROUTE.terms.may_distill", null, "false", async site => (await site.RecordAsync()).Tags.ContainsKey("tda.distill")),
        new("routes.ROUTE.terms.note", null, "\"clause 9\"", async site => (await site.RecordAsync()).Tags["tda.terms"] == "clause 9", ("routes.ROUTE.terms.may_distill", "false")),
        new("routes.HANG.timeout", "\"10m\"", "\"50ms\"", TimesOutAsync) { OnlyAfter = true },
        new("routes.ROUTE.durability", null, "\"synced\"", SyncsAsync),
        new("routes.ROUTE.sample", null, "0", async site => await CountAsync(site, "sampled_out") > 0),
        new("upstreams.NAME.url", "\"ONE\"", "\"TWO\"", IsTwosAsync, Ours),
        new("upstreams.NAME.models", null, "[\"m-1\"]", IsTwosAsync, ("upstreams.NAME.url", "\"TWO\"")),
        new("upstreams.NAME.prefix", null, "\"/second\"", async site => (await site.PostAsync(path: "/second" + LiveSite.Chat)).Contains("two", StringComparison.Ordinal), ("upstreams.NAME.url", "\"TWO\"")),
        new("upstreams.NAME.key.header", "\"authorization\"", "\"x-api-key\"", async site => (await TakenAsync(site)).Head.Contains("x-api-key: " + Secret, StringComparison.OrdinalIgnoreCase), One, Ours, ("upstreams.NAME.key.file", "\"FILES/secret\"")),
        new("upstreams.NAME.key.env", null, "\"PATH_OF_NOBODY\"", async site => (await TakenAsync(site)).Head.Contains("Bearer of-the-variable", StringComparison.Ordinal), One, Ours),
        new("upstreams.NAME.key.file", "\"FILES/other\"", "\"FILES/secret\"", async site => (await TakenAsync(site)).Head.Contains("Bearer " + Secret, StringComparison.Ordinal), One, Ours),
        new("upstreams.NAME.retries", null, "1", async site => await ForwardedAsync(site) == 2, Nobody, Ours),
        new("upstreams.NAME.fallback", null, "[\"two\"]", IsTwosAsync, Nobody, Ours, ("upstreams.two.url", "\"TWO\""), ("upstreams.two.key.file", "\"FILES/secret\"")),
        new("upstreams.NAME.terms.may_distill", null, "false", async site => (await site.RecordAsync()).Tags.ContainsKey("tda.distill"), One, Ours),
        new("upstreams.NAME.terms.note", null, "\"clause 9\"", async site => (await site.RecordAsync()).Tags["tda.terms"] == "clause 9", One, Ours, ("upstreams.NAME.terms.may_distill", "false")),
        new("costs.budgets.NAME.tokens", "1000000", "1", IsUsedUpAsync, Long),
        new("costs.budgets.NAME.cost", "1000000", "0.0000001", IsUsedUpAsync, Long, ("costs.prices", "\"FILES/prices.json\"")),
        new("costs.budgets.NAME.key", "\"nobody\"", "null", IsUsedUpAsync, AToken, Long),
        new("costs.budgets.NAME.tag", "\"team=blue\"", "null", IsUsedUpAsync, AToken, Long),
        new("costs.budgets.NAME.model", "\"other\"", "null", IsUsedUpAsync, AToken, Long),
        new("costs.budgets.NAME.per", "\"1000h\"", "\"1m\"", BeginsAnewWithinAMinuteAsync, AToken) { OnlyAfter = true },
        new("routes.ROUTE.upgrade", null, "\"refuse\"", IsUpgradeRefusedAsync),
        new("drain_timeout", "\"10m\"", "\"1ms\"", site => site.StopWithCallUnderWayAsync()) { OnlyAfter = true },
        new("drain_delay", "\"0s\"", "\"2s\"", site => site.IsDrainingBeforeItStopsAsync()) { OnlyAfter = true },
        new("max_recorded_body_bytes", null, "10", async site => (await site.RecordAsync()).RequestBody.Truncated),
        new("add_forwarded_headers", null, "true", async site => (await TakenAsync(site)).Head.Contains("X-Forwarded-For", StringComparison.Ordinal)),
        new("spool.max_bytes", "131072", "104857600", ServesAgainAsync, Small),
        new("spool.when_full", null, "\"pass_unrecorded\"", ServesAgainAsync, Small, ("spool.max_bytes", "131072")),
        new("spool.open_after", "\"1h\"", "\"1ms\"", site => site.IsSpooledMeanwhileAsync()) { OnlyAfter = true },
        new("redaction.enabled", null, "false", ShowsMailAsync),
        new("redaction.detectors", null, "[\"api_key\"]", ShowsMailAsync),
        new("redaction.patterns", null, "{\"badge\":\"badge [0-9]{4}\"}", async site => !(await site.RecordAsync(Badge)).Prompt!.Contains("1234", StringComparison.Ordinal)),
        new("security.require_client_keys", null, "true", async site => await StatusAsync(site) == 401),
        new("security.upstream_key.header", "\"authorization\"", "\"x-api-key\"", async site => (await TakenAsync(site)).Head.Contains("x-api-key: " + Secret, StringComparison.OrdinalIgnoreCase), ("security.upstream_key.file", "\"FILES/secret\"")),
        new("security.upstream_key.env", null, "\"PATH_OF_NOBODY\"", async site => (await TakenAsync(site)).Head.Contains("Bearer of-the-variable", StringComparison.Ordinal)),
        new("security.upstream_key.file", "\"FILES/other\"", "\"FILES/secret\"", async site => (await TakenAsync(site)).Head.Contains("Bearer " + Secret, StringComparison.Ordinal)),
        new("security.admin.env", null, "\"PATH_OF_NOBODY\"", async site => (await site.GetAsync("/", "of-the-variable")).Status == 200),
        new("security.admin.file", "\"FILES/other\"", "\"FILES/secret\"", async site => (await site.GetAsync("/", Secret)).Status == 200),
        new("security.limits.requests_per_minute", null, "1", IsLimitedAsync),
        new("security.limits.route_requests_per_minute", null, "{\"/v1/chat/completions\":1}", IsLimitedAsync),
        new("security.limits.max_body_bytes", null, "10", async site => await StatusAsync(site) == 413),
        new("logprobs.enabled", null, "true", AsksForLogprobsAsync),
        new("logprobs.routes", null, "{\"/v1/chat/completions\":true}", AsksForLogprobsAsync),
        new("logprobs.top_logprobs", null, "3", async site => (await TakenAsync(site, Plain)).BodyText.Contains("\"top_logprobs\":3", StringComparison.Ordinal), ("logprobs.enabled", "true")),
        new("logprobs.max_request_bytes", null, "10", async site => !await AsksForLogprobsAsync(site), ("logprobs.enabled", "true")),
        new("telemetry.prometheus", null, "false", async site => (await site.GetAsync("/metrics")).Status == 404),
        new("telemetry.open_metrics", null, "true", async site => (await site.GetAsync("/metrics")).Status == 200, ("listen", "\"http://0.0.0.0:0\"")),
        new("telemetry.trace_share", null, "0", async site => !await site.HasSpanAsync()),

        new("listen", null, "\"http://127.0.0.1:1\"", null),
        new("home", null, "\"FILES/elsewhere\"", null),
        new("store", null, "\"postgres://u@127.0.0.1:1/x\"", null),
        new("connect_timeout", null, "\"3s\"", null),
        new("max_store_bytes", null, "1000000", null),
        new("max_memory_bytes", null, "100000000", null),
        new("desk.harm_label", null, "\"toxic>=.7\"", null),
        new("desk.refusal_label", null, "\"refused>=.7\"", null),
        new("desk.reviewers_needed", null, "2", null),
        new("desk.lock_time", null, "\"3m\"", null),
        new("costs.prices", null, "\"FILES/prices.json\"", null),
        new("spool.segment_bytes", null, "131072", null),
        new("security.limits.max_header_bytes", null, "2048", null),
        new("security.limits.max_headers", null, "10", null),
        new("security.limits.max_request_line_bytes", null, "300", null),
        new("security.limits.max_connections", null, "5", null),
        new("security.limits.keep_alive", null, "\"3s\"", null),
        new("security.limits.header_timeout", null, "\"3s\"", null),
        new("security.limits.min_body_bytes_per_second", null, "3", null),
        new("telemetry.otlp_endpoint", null, "\"http://127.0.0.1:1\"", null),
        new("telemetry.otlp_protocol", null, "\"grpc\"", null),
        new("telemetry.export_interval", null, "\"3s\"", null),
        new("telemetry.service_name", null, "\"other\"", null),
        new("telemetry.max_models", null, "3", null),
    ];

    static EveryOptionTests() => Environment.SetEnvironmentVariable("PATH_OF_NOBODY", "of-the-variable");

    public static TheoryData<string> Paths => new(Changes.Select(change => change.Path));

    [Fact]
    public void Changes_NameEveryOption()
    {
        // Whether there is TLS is settled by the start, and its files are read again by themselves.
        var options = Leaves(typeof(GatewayOptions), "").Where(option => !option.StartsWith("security.tls", StringComparison.Ordinal));

        Assert.Equal(options.Order(StringComparer.Ordinal), Changes.Select(change => change.Path.Replace("HANG", "ROUTE", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Reload_Changed_SeenOrNamedAsWaitingForARestart(string path)
    {
        var change = Changes.Single(one => one.Path == path);
        await using var site = await LiveSite.StartAsync(change);
        if (change.Seen is { } seen)
        {
            Assert.False(!change.OnlyAfter && await seen(site), "it is so before the change already");
            site.Change(change);
            Assert.Equal((null, 0), (site.Server.Health.ConfigurationError, site.Server.Health.ConfigurationNeedsRestart.Count));
            Assert.True(await seen(site));
        }
        else
        {
            site.Change(change);
            Assert.Null(site.Server.Health.ConfigurationError);
            Assert.Equal([path], site.Server.Health.ConfigurationNeedsRestart);
        }
    }

    private static IEnumerable<string> Leaves(Type type, string path)
    {
        foreach (var member in ConfigMember.Of(type))
        {
            var name = ConfigPath.Member(path, member.Name);
            var inner = ConfigTypes.DictionaryValue(member.Type) is { } value && ConfigMember.IsGroup(value) ? (value, name + (name == "routes" ? ".ROUTE" : ".NAME")) : (member.Type, name);
            foreach (var leaf in ConfigMember.IsGroup(inner.Item1) ? Leaves(inner.Item1, inner.Item2) : [name])
            {
                yield return leaf;
            }
        }
    }

    private static async Task<int> StatusAsync(LiveSite site, string body = Plain, string headers = "") =>
        int.Parse((await site.PostAsync(body, headers)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<bool> IsUpgradeRefusedAsync(LiveSite site) =>
        (await site.AskForWebSocketAsync()).StartsWith("HTTP/1.1 403", StringComparison.Ordinal);

    private static async Task<UpstreamRequest> TakenAsync(LiveSite site, string body = Plain)
    {
        await site.PostAsync(body);
        return site.LastTaken;
    }

    private static async Task<long> CountAsync(LiveSite site, string cause)
    {
        await site.PostAsync();
        return site.Server.Counts.Drops.GetValueOrDefault(cause);
    }

    private static async Task<bool> IsTwosAsync(LiveSite site) => (await site.PostAsync()).Contains("two", StringComparison.Ordinal);

    private static async Task<long> ForwardedAsync(LiveSite site)
    {
        var before = site.Server.Counts.Forwarded;
        await site.PostAsync();
        return site.Server.Counts.Forwarded - before;
    }

    private static async Task<bool> IsUsedUpAsync(LiveSite site)
    {
        await site.RecordAsync();
        return await StatusAsync(site) == 429;
    }

    // A budget may begin anew between the two requests; not again and again.
    private static async Task<bool> BeginsAnewWithinAMinuteAsync(LiveSite site)
    {
        var answer = "";
        await TestKit.Eventually.HoldsAsync(async () =>
        {
            await site.PostAsync();
            await site.Server.DrainedAsync();
            answer = await site.PostAsync();
            return answer.StartsWith("HTTP/1.1 429", StringComparison.Ordinal);
        });
        return int.Parse(answer.Split("Retry-After: ")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture) <= 60;
    }

    // Only what clients wait for is counted as a round of the spool's syncs.
    private static async Task<bool> SyncsAsync(LiveSite site)
    {
        await site.PostAsync();
        return (await site.GetAsync("/metrics")).Body.Contains("tda_gateway_spool_fsync_seconds_count", StringComparison.Ordinal);
    }

    private static async Task<bool> TimesOutAsync(LiveSite site) =>
        (await site.PostAsync("{}", path: LiveSite.Hang)).StartsWith("HTTP/1.1 504", StringComparison.Ordinal);

    private static async Task<bool> ServesAgainAsync(LiveSite site)
    {
        if (!site.IsFull)
        {
            await site.FillSpoolAsync();
            return false;
        }

        await TestKit.Eventually.HoldsAsync(async () => await StatusAsync(site) == 200);
        return true;
    }

    private static async Task<bool> ShowsMailAsync(LiveSite site) => (await site.RecordAsync(Mail)).Prompt!.Contains("ann.lee@mail", StringComparison.Ordinal);

    private static async Task<bool> IsLimitedAsync(LiveSite site) => await StatusAsync(site) == 429 | await StatusAsync(site) == 429;

    private static async Task<bool> AsksForLogprobsAsync(LiveSite site) => (await TakenAsync(site, Plain)).BodyText.Contains("\"logprobs\":true", StringComparison.Ordinal);
}
