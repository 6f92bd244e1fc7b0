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
