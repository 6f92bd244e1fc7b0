using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Cases;

/// <summary>A short look at what contenders can do, to choose a load that none of them is full with.</summary>
internal static class Calibration
{
    /// <returns>Requests/s at full load, after one run to warm up.</returns>
    public static async Task<Dictionary<string, double>> RunAsync(IEnumerable<Contender> contenders, GatewayBenchOptions options)
    {
        double seconds = options.Quick ? 2 : 5;
        var rates = new Dictionary<string, double>();
        foreach (var contender in contenders)
        {
            await Wrk.RunAsync(contender.Url, contender.Headers, seconds, options.Scratch);
            rates[contender.Name] = (await Wrk.RunAsync(contender.Url, contender.Headers, seconds, options.Scratch)).PerSecond;
            await (contender.Gateway?.SettleAsync(options.SettleLimit) ?? Task.FromResult(0.0));
        }

        return rates;
    }
}
