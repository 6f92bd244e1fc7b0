namespace Tda.Gateway;

/// <summary>What is certain about an exchange when the client has read the last byte of its answer.</summary>
public enum Durability
{
    /// <summary>It is queued in the gateway's memory: a killed process may lose the last ones, which <c>verify</c> then counts.</summary>
    Memory,

    /// <summary>It is in the log: a killed process loses none, a loss of power may lose the last ones. The default.</summary>
    Written,

    /// <summary>It is in the log and the disk has it: a loss of power loses none.</summary>
    Synced,
}
