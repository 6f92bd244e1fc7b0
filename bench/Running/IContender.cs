namespace Tda.Bench.Running;

/// <summary>One side of a comparison. It sits idle while another one runs.</summary>
public interface IContender : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Does the agreed work once.</summary>
    Task<Sample> RunAsync();
}
