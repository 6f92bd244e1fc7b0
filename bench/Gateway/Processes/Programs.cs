using System.Diagnostics;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Our programs, built for release.</summary>
/// <param name="Tda">tda.dll.</param>
/// <param name="BareYarp">BareYarp.dll.</param>
internal sealed record Programs(string Tda, string BareYarp)
{
    /// <param name="tda">A tda.dll to take instead of building src/Cli.</param>
    public static async Task<Programs> BuildAsync(string? tda) =>
        new(tda ?? await Tools.BuildAsync("src/Cli", "tda"), await Tools.BuildAsync("bench/BareYarp", "BareYarp"));

    /// <summary>This very program in one of its roles as a child.</summary>
    public static ProcessStartInfo Child(string role, string options) => ServerProcess.Managed(typeof(Programs).Assembly.Location, ChildRoles.Verb, role, options);
}
