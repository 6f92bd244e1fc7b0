namespace Tda.Gateway.Recording;

/// <summary>Why a forwarded request has no exchange in the log.</summary>
public enum DropCause
{
    /// <summary>Its client asked not to be recorded.</summary>
    OptOut,

    /// <summary>The configured sample left it out.</summary>
    SampledOut,

    /// <summary>There was no space for it, and the policy is to pass unrecorded.</summary>
    SpoolFull,

    /// <summary>The disk did not take it.</summary>
    SpoolFailed,

    /// <summary>The store refused it for what it is; its record is kept in the spool's <c>rejected</c> folder.</summary>
    StoreRefused,
}

/// <summary>The written names of <see cref="DropCause"/>.</summary>
internal static class DropCauses
{
    /// <summary>Whether the owner of the gateway, or the client, wanted it so; all other causes are losses.</summary>
    public static bool IsWanted(string cause) => cause is "opt_out" or "sampled_out";

    /// <summary>The cause in snake case, as in files, the store and metrics.</summary>
    public static string Name(this DropCause cause) => ConfigNames.Spell(cause);
}
