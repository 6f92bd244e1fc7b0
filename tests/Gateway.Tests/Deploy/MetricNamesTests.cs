using System.Text.RegularExpressions;
using Tda.Gateway.Configuration;
using Tda.Gateway.Operations;
using Tda.Gateway.Tests.Operations;

namespace Tda.Gateway.Tests.Deploy;

/// <summary>Dashboards and alerts over metrics that do not exist are silent for ever.</summary>
public partial class MetricNamesTests
{
    [Fact]
    public async Task Alerts_Expressions_UseMetricsAndLabelsThatExist()
    {
        var rules = DeployFiles.Yaml(DeployFiles.PathOf("prometheus/alerts.yml"))
            .SelectMany(file => (YamlDotNet.RepresentationModel.YamlSequenceNode)DeployFiles.At(file, "groups.0.rules")).ToList();

        var known = await FamiliesAsync();
        Assert.NotEmpty(rules);
        Assert.Equal(rules.Count, rules.Select(rule => DeployFiles.Text(rule, "alert")).Distinct().Count());
        Assert.All(rules, rule =>
        {
            Assert.Contains(DeployFiles.Text(rule, "labels.severity"), (string[])["critical", "warning"]);
            Assert.NotEmpty(DeployFiles.Text(rule, "annotations.summary"));
            Check(DeployFiles.Text(rule, "expr"), known);
        });
    }

    [Fact]
    public async Task Dashboard_Expressions_UseMetricsAndLabelsThatExist()
    {
        using var dashboard = JsonDocument.Parse(DeployFiles.Read("grafana/tda-gateway.json"));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();

        var known = await FamiliesAsync();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel =>
        {
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Check(target.GetProperty("expr").GetString()!, known));
        });
    }

    [Fact]
    public async Task Dashboard_EveryMetricOfTheGateway_IsShownOrAlertedOn()
    {
        var shown = DeployFiles.Read("grafana/tda-gateway.json") + DeployFiles.Read("prometheus/alerts.yml");

        Assert.All((await FamiliesAsync()).Keys.Select(name => Suffix().Replace(name, "")).Distinct(), name => Assert.Contains(name, shown, StringComparison.Ordinal));
    }

    private static void Check(string expression, Dictionary<string, HashSet<string>> known)
    {
        var metrics = Metric().Matches(expression);
        Assert.NotEmpty(metrics);
        Assert.All(metrics, metric => Assert.True(known.ContainsKey(metric.Value), $"{metric.Value} of '{expression}' is no metric of the gateway"));
        var labels = metrics.SelectMany(metric => known[metric.Value]).Concat(["instance", "le", "job"]).ToHashSet();
        Assert.All(
            By().Matches(expression).SelectMany(by => by.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)),
            label => Assert.True(labels.Contains(label), $"'{label}' of '{expression}' is no label of its metrics"));
        Assert.Equal(expression.Count(c => c == '('), expression.Count(c => c == ')'));
        Assert.Equal(expression.Count(c => c == '{'), expression.Count(c => c == '}'));
    }

    /// <summary>Series that a gateway exposes, with their labels: read from what it really writes.</summary>
    private static async Task<Dictionary<string, HashSet<string>>> FamiliesAsync()
    {
        await using var scraped = new ScrapedMetrics(10);
        var metrics = scraped.Metrics;
        var state = new HealthReport { Forwarded = 1, Recorded = 1, Pending = 0, InFlight = 0, Drops = One("opt_out"), Refusals = One("spool_full"), Limited = One("cut") };
        metrics.Attach(() => state.Judged(new ConfigurationStatus(), [], draining: false, "s", 1, DateTimeOffset.UnixEpoch));
        metrics.Forwarded("/v1/messages");
        metrics.Settled("/v1/messages", TerminalState.Complete);
        metrics.Overhead(TimeSpan.Zero, TimeSpan.Zero);
        metrics.FirstToken("/v1/messages", TimeSpan.Zero);
        metrics.Synced(1, TimeSpan.Zero);
        foreach (var exchange in (Exchange[])[Telemetered.Exchange("m"), Telemetered.Exchange("m") with { Status = 500 }])
        {
            metrics.GenAi.Add(exchange, GenAiCall.Of(exchange)!);
            metrics.Used(exchange);
        }

        var families = new Dictionary<string, HashSet<string>> { ["up"] = ["job"] };
        foreach (var line in (await scraped.ReadAsync()).Where(line => line[0] != '#'))
        {
            var labels = families.TryGetValue(line.Split('{', ' ')[0], out var seen) ? seen : families[line.Split('{', ' ')[0]] = [];
            labels.UnionWith(Label().Matches(line).Select(match => match.Groups[1].Value));
        }

        return families;
    }

    private static Dictionary<string, long> One(string cause) => new() { [cause] = 1 };

    [GeneratedRegex(@"\b(?:(?:tda_gateway|tda_surrogate|gen_ai_client)_[a-z_]+|up)\b(?=[{\[\s]|$)")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex By();

    [GeneratedRegex(@"[{,]([a-z_]+)=""")]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$|^up$")]
    private static partial Regex Suffix();
}
