using Tda.Bench.Running;

namespace Tda.Bench.Verbs;

/// <summary>A verb: some comparisons.</summary>
internal interface IBenchmark
{
    string Name { get; }

    string Description { get; }

    /// <summary>One case after the other.</summary>
    IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options);
}
