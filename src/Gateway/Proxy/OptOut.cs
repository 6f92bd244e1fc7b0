namespace Tda.Gateway.Proxy;

/// <summary>What a client asks the gateway not to do with its exchange.</summary>
[Flags]
internal enum OptOut
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It is recorded, but no surrogate learns from it.</summary>
    Distill = 1,

    /// <summary>It is forwarded and not recorded: a declared drop.</summary>
    Record = 2,
}
