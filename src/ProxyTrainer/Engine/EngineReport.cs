namespace Tda.ProxyTrainer.Engine;

/// <summary>What computes, how fast, and what stands in the way: the engine's part of <c>tda doctor</c>.</summary>
public sealed record EngineReport
{
    /// <summary>"LibTorch" for this project's own binding, "TorchSharp" for the package.</summary>
    public required string Provider { get; init; }

    /// <summary>Of LibTorch.</summary>
    public required string Version { get; init; }

    public required BlasLibrary Blas { get; init; }

    /// <summary>Of one operator on the CPU.</summary>
    public required int Threads { get; init; }

    public required int Processors { get; init; }

    public required IReadOnlyList<DeviceReport> Devices { get; init; }

    /// <summary>What costs speed or is missing, each with its remedy.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
