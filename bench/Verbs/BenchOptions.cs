using Tda.Bench.Running;

namespace Tda.Bench.Verbs;

/// <summary>How long and where.</summary>
/// <param name="Rounds">Interleaved rounds, at least 3.</param>
/// <param name="Scratch">A directory of this run, removed at its end.</param>
/// <param name="Quick">Smaller work: to see whether it runs.</param>
/// <param name="Only">Cases whose name contains this; with = before it: the one of that name; empty: all.</param>
internal sealed record BenchOptions(int Rounds, string Scratch, bool Quick, string Only)
{
    public bool Wants(string name) => CaseChoice.Means(Only, name);
}
