namespace Tda.Gateway.Spool;

/// <summary>What becomes of requests when nothing more can be recorded.</summary>
public enum SpoolFullPolicy
{
    /// <summary>They are refused with 503 in the provider's error shape: no exchange goes unrecorded.</summary>
    Refuse,

    /// <summary>They pass, and each is counted as a declared drop.</summary>
    PassUnrecorded,
}
