namespace Tda.Gateway.Health;

/// <summary>Why exchanges go unrecorded.</summary>
internal static class DropCauses
{
    /// <summary>The client asked for it.</summary>
    public const string OptOut = "opt_out";

    /// <summary>The route's sample left it out.</summary>
    public const string SampledOut = "sampled_out";

    /// <summary>Whether the owner of the gateway wanted it so; all other causes are losses.</summary>
    public static bool IsWanted(string cause) => cause is OptOut or SampledOut;
}
