using System.Text.Json.Nodes;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Spool;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>What a gateway that was killed left in a home, and the next one that takes it over.</summary>
internal static class KilledGateway
{
    /// <summary>The exchanges under way in the spool of the home's first session; none where there is no spool.</summary>
    public static List<SpooledExchange> Unsettled(TdaHomeRunner tda)
    {
        foreach (var (path, _) in SpoolDirectory.All(new TdaHome(tda.Home).SpoolDirectory))
        {
            var (_, reader) = SpoolSamples.ReadAll(path);
            using (reader)
            {
                return [.. reader.Unsettled()];
            }
        }

        return [];
    }

    /// <summary>Starts another gateway on the home, and ends it once it has recovered every session.</summary>
    public static async Task RecoverAsync(TdaHomeRunner tda, string upstream, TimeSpan patience)
    {
        var (gateway, url) = await tda.ServeAsync("gateway", "--upstream", upstream);
        await using (gateway)
        {
            using var http = new HttpClient { BaseAddress = url };
            await Eventually.HoldsAsync(async () => (int)JsonNode.Parse(await http.GetStringAsync("/health"))!["sessions_to_recover"]! == 0);
            await gateway.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(patience)).ExitCode);
        }
    }
}
