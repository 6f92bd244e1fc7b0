using Tda.Store;

namespace Tda.Gateway.Recording;

/// <summary>The written names of <see cref="DropCause"/>.</summary>
internal static class DropCauses
{
    public static IReadOnlyList<DropCause> All { get; } = Enum.GetValues<DropCause>();

    /// <summary>Whether the owner of the gateway, or the client, wanted it so; all other causes are losses.</summary>
    public static bool IsWanted(string cause) => cause is "opt_out" or "sampled_out";

    /// <summary>The cause in snake case, as in files, the store and metrics.</summary>
    public static string Name(this DropCause cause) => cause switch
    {
        DropCause.OptOut => "opt_out",
        DropCause.SampledOut => "sampled_out",
        DropCause.SpoolFull => "spool_full",
        DropCause.SpoolFailed => "spool_failed",
        DropCause.StoreRefused => GatewaySession.RefusedCause,
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "not a cause"),
    };
}
