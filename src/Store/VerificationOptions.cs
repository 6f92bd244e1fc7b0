using Tda.Core.Exchanges;

namespace Tda.Store;

/// <summary>What a verification takes into account beside the log.</summary>
public sealed record VerificationOptions
{
    /// <summary>What still waits in spools, by gateway run. Default none.</summary>
    public IReadOnlyDictionary<string, PendingRange> Pending { get; init; } = new Dictionary<string, PendingRange>();

    /// <summary>Chain heads of an earlier verification, which must still be in the chains. Default none.</summary>
    public IReadOnlyList<ChainHead> Against { get; init; } = [];

    /// <summary>Parses an exchange's bodies anew, to compare with what is stored; null (the function or its result) compares nothing.</summary>
    public Func<Exchange, Exchange?>? Reparse { get; init; }
}
