using System.Diagnostics;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Our programs, built for release.</summary>
/// <param name="Tda">tda.dll.</param>
/// <param name="BareYarp">BareYarp.dll.</param>
/// <param name="Before">Another build's tda.dll, if one is compared with.</param>
internal sealed record Programs(string Tda, string BareYarp, string? Before = null)
{
    /// <param name="tda">A tda.dll to take instead of building src/Cli.</param>
    /// <param name="before">Another build's tda.dll.</param>
    public static async Task<Programs> BuildAsync(string? tda, string? before = null) =>
        new(tda ?? await Tools.BuildAsync("src/Cli", "tda"), await Tools.BuildAsync("bench/BareYarp", "BareYarp"), before);

    /// <summary>This very program in one of its roles as a child.</summary>
    public static ProcessStartInfo Child(string role, string options) => ServerProcess.Managed(typeof(Programs).Assembly.Location, ChildRoles.Verb, role, options);
}
