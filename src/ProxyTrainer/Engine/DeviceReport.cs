namespace Tda.ProxyTrainer.Engine;

/// <summary>A device that can compute.</summary>
/// <param name="Name">"cpu" or "cuda:0".</param>
/// <param name="Description">The processor's or GPU's name, where the system tells.</param>
/// <param name="TotalMemory">Bytes; null if unknown.</param>
/// <param name="GigaflopsPerSecond">Measured rate of a float32 matrix product, in 10⁹ operations a second; null if not measured.</param>
public sealed record DeviceReport(string Name, string? Description, long? TotalMemory, double? GigaflopsPerSecond);
