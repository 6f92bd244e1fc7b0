namespace Tda.Bench.Gateway.Processes;

/// <summary>A store that can be made to fail and be put right again.</summary>
internal interface IStoreBreaker : IAsyncDisposable
{
    /// <summary>From here on the store takes nothing.</summary>
    Task BreakAsync();

    /// <summary>From here on it takes everything again.</summary>
    Task RepairAsync();
}
