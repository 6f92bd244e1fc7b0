namespace Tda.ProxyTrainer.Engine;

/// <summary>How computations run.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads of one operator on the CPU. At least 1; null leaves LibTorch's own choice, all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>"cpu", "cuda", "cuda:1", or "auto": the first GPU if there is one. Default "auto".</summary>
    public string Device { get; init; } = "auto";
}
