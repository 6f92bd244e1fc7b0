using Tda.Bench.Running;

namespace Tda.Bench.Verbs;

/// <summary>A verb: some comparisons.</summary>
internal interface IBenchmark
{
    string Name { get; }

    string Description { get; }

    Task<IReadOnlyList<CaseResult>> RunAsync(BenchOptions options);
}
