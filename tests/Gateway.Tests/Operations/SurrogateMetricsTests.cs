using Tda.Core.Drift;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Operations;

/// <summary>What the gateway shows of surrogates in its home.</summary>
public class SurrogateMetricsTests
{
    [Fact]
    public async Task Get_Metrics_SurrogatesThatWereLookedAt_HaveGauges()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        using var http = new HttpClient { BaseAddress = gateway.Url };
        Write(gateway.Home.Root, "old", DriftState.Stale, 31.5);
        Write(gateway.Home.Root, "new", DriftState.Fresh, .75);
        Make(gateway.Home.Root, "damaged");
        File.WriteAllText(Path.Combine(gateway.Home.Root, "surrogates", "damaged", DriftReport.FileName), "{");
        Make(gateway.Home.Root, "never");
        var text = await http.GetStringAsync("/metrics");

        string[] lines =
        [
            "tda_surrogate_stale{surrogate=\"old\"} 1", "tda_surrogate_stale{surrogate=\"new\"} 0",
            "tda_surrogate_drift_e_value{surrogate=\"old\"} 31.5", "tda_surrogate_drift_checked_seconds{surrogate=\"new\"} 1798761600",
        ];
        Assert.All(lines, line => Assert.Contains("\n" + line + "\n", text, StringComparison.Ordinal));
        Assert.DoesNotContain("surrogate=\"never\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("surrogate=\"damaged\"", text, StringComparison.Ordinal);
    }

    internal static void Write(string home, string name, DriftState state, double eValue)
    {
        Make(home, name);
        new DriftReport
        {
            Surrogate = name,
            CheckedAt = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero),
            State = state,
            Verdict = "words",
            Alpha = .05,
            Since = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
            Reference = 500,
            New = 500,
            Answers = new BettingFinding(eValue, 500),
        }.Write(Path.Combine(home, "surrogates", name));
    }

    private static void Make(string home, string name)
    {
        using var artifact = ArtifactDirectory.Create(Path.Combine(home, "surrogates", name), "tda.surrogate", 1, TimeProvider.System);
        artifact.Commit();
    }
}
